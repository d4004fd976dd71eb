import { z } from 'zod'
import { defineAggregate, type EventOf, refuse } from '../domain.ts'
import { weekOf } from './dates.ts'
import { Id } from './fields.ts'
import { mealFields } from './meal-logged.ts'
import { MealPlanCreated, planFields } from './meal-plan-created.ts'
import { MealPlanned, PlannedMealRemoved } from './meal-planned.ts'

export interface MealPlan {
  /** Undefined before it was created. */
  readonly created: EventOf<typeof MealPlanCreated>['data'] | undefined
  /** The day of each planned meal, by meal id. */
  readonly days: Readonly<Record<string, string>>
}

/** A week's plan, by its plan id. */
export const mealPlan = defineAggregate('mealPlan', {
  stream: (id) => `plan-${id}`,
  events: [MealPlanCreated, MealPlanned, PlannedMealRemoved],
  initial: (): MealPlan => ({ created: undefined, days: {} }),
  evolve: {
    MealPlanCreated: (state, { data }) => ({ ...state, created: data }),
    MealPlanned: ({ created, days }, { data }) => ({ created, days: { ...days, [data.mealId]: data.day } }),
    PlannedMealRemoved: (state, { data: { mealId, day } }) => {
      const { [mealId]: planned, ...days } = state.days
      return Object.hasOwn(state.days, mealId) && planned === day ? { ...state, days } : state
    },
  },
  commands: {
    /** `weekStart` is a Monday: see `weekOf`. Refused as `already-created`, `week-start-not-monday`. */
    create: {
      args: z.lazy(() => planFields().omit({ planId: true })),
      decide: ({ created }, plan, { id }) => {
        if (created !== undefined) return refuse('already-created', 'This plan was made already: make another one.')
        if (weekOf(plan.weekStart) !== plan.weekStart)
          return refuse(
            'week-start-not-monday',
            'A plan begins on a Monday: choose the one of the week that it is for.',
          )
        return MealPlanCreated({ ...plan, planId: id })
      },
    },
    /** Puts a meal into the plan, or in the place of the one of that id. Refused as `not-created`, `day-outside-week`. */
    planMeal: {
      args: z.lazy(mealFields),
      decide: ({ created, days }, planned, { id }) => {
        if (created === undefined) return refuse('not-created', 'There is no such plan: make it first.')
        if (weekOf(planned.day) !== weekOf(created.weekStart))
          return refuse('day-outside-week', 'This day is not in the week of the plan: choose one that is.')
        const put = MealPlanned({ ...planned, planId: id })
        const before = Object.hasOwn(days, planned.mealId) ? days[planned.mealId] : undefined
        if (before === undefined || before === planned.day) return put
        return [PlannedMealRemoved({ userId: planned.userId, planId: id, mealId: planned.mealId, day: before }), put]
      },
    },
    /** Takes a meal out. There is nothing to do where it is not in it. Refused as `not-created`. */
    removeMeal: {
      args: z.lazy(() => z.object({ mealId: Id })),
      decide: ({ created, days }, { mealId }, { id }) => {
        if (created === undefined) return refuse('not-created', 'There is no such plan: make it first.')
        const day = Object.hasOwn(days, mealId) ? days[mealId] : undefined
        return day === undefined ? [] : PlannedMealRemoved({ userId: created.userId, planId: id, mealId, day })
      },
    },
  },
})
