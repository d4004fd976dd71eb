import { defineProjection, type EventOf } from '../domain.ts'
import { weekOf } from './dates.ts'
import { MealPlanCreated } from './meal-plan-created.ts'
import { MealPlanned, PlannedMealRemoved } from './meal-planned.ts'

export type Plan = EventOf<typeof MealPlanCreated>['data'] & {
  /** Look it up in `commits$` to know whether it is pending. */
  readonly eventId: string
}

export type PlannedMeal = EventOf<typeof MealPlanned>['data'] & {
  /** Look it up in `commits$` to know whether it is pending. */
  readonly eventId: string
}

export interface WeeklyPlan {
  /** The plan that was made last; undefined where the week has none, whatever was planned without one. */
  readonly plan: Plan | undefined
  /** Meals by plan, then by meal: two devices may each have made a plan for the week, and a meal may come before the plan that it is of. */
  readonly meals: Readonly<Record<string, Readonly<Record<string, PlannedMeal>>>>
}

/** What is planned, one state a week; the key is its Monday, see `weekOf`. The plan that was made last counts. */
export const weeklyPlan = defineProjection('weeklyPlan', {
  version: 1,
  events: [MealPlanCreated, MealPlanned, PlannedMealRemoved],
  key: ({ data }) => weekOf('weekStart' in data ? data.weekStart : data.day),
  initial: (): WeeklyPlan => ({ plan: undefined, meals: {} }),
  evolve: {
    MealPlanCreated: ({ meals }, { id, data }) => ({ plan: { ...data, eventId: id }, meals }),
    MealPlanned: ({ plan, meals }, { id, data }) => ({
      plan,
      meals: {
        ...meals,
        [data.planId]: { ...ownOf(meals, data.planId), [data.mealId]: { ...data, eventId: id } },
      },
    }),
    PlannedMealRemoved: (week, { data: { planId, mealId, day } }) => {
      const before = ownOf(week.meals, planId) ?? {}
      // Planned again on another day, it is not what was removed.
      if (ownOf(before, mealId)?.day !== day) return week
      const { [mealId]: _removed, ...rest } = before
      const { [planId]: _plan, ...others } = week.meals
      return { plan: week.plan, meals: Object.keys(rest).length === 0 ? others : { ...others, [planId]: rest } }
    },
  },
})

/** The meals of the plan that counts, by day, then by the order of the slots, then by id. */
export function plannedMealsOf({ plan, meals }: WeeklyPlan): readonly PlannedMeal[] {
  if (plan === undefined) return []
  const orderOf = ({ day, slot, mealId }: PlannedMeal) => `${day} ${SLOTS.indexOf(slot)} ${mealId}`
  return Object.values(ownOf(meals, plan.planId) ?? {}).sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

const SLOTS: readonly string[] = ['breakfast', 'lunch', 'dinner', 'snacks']

/** Ids may be called as what every object has, such as `constructor`. */
function ownOf<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
