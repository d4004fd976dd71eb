import * as z from 'zod'
import { defineAggregate, defineDomain, defineEvent, defineProjection, from, refuse } from '../../src/domain.ts'
import { dailyIntake } from '../../src/nutrition/daily-intake.ts'
import { goals } from '../../src/nutrition/goals.ts'
import { loggedDays } from '../../src/nutrition/logged-days.ts'
import { meal } from '../../src/nutrition/meal.ts'
import { MealLogged, mealFields } from '../../src/nutrition/meal-logged.ts'
import { MealRemoved } from '../../src/nutrition/meal-removed.ts'
import { NutritionGoalSet } from '../../src/nutrition/nutrition-goal-set.ts'
import { recentFoods } from '../../src/nutrition/recent-foods.ts'

const MealFields = mealFields()

/** A type that only the newest release knows. */
export const WaterDrunk = defineEvent('WaterDrunk', {
  schema: z.object({ day: z.string(), litres: z.number() }),
  stream: ({ day }) => `water-${day}`,
})

/** A version that only the newest release can read. */
export const SharedMealLogged = defineEvent('MealLogged', {
  version: 2,
  schema: MealFields.extend({ shared: z.boolean() }),
  stream: ({ mealId }) => `meal-${mealId}`,
  upcast: { 1: from(MealFields, (alone) => ({ ...alone, shared: false })) },
})

/** The same commands as those of the release before, whose kept ones it may have to decide again. They make events that only it can read. */
const sharedMeal = defineAggregate('meal', {
  stream: (id) => `meal-${id}`,
  events: [SharedMealLogged, MealRemoved],
  initial: (): { readonly day: string | undefined } => ({ day: undefined }),
  evolve: {
    MealLogged: (_before, { data }) => ({ day: data.day }),
    MealRemoved: (state, { data }) => (state.day === data.day ? { day: undefined } : state),
  },
  commands: {
    log: {
      args: MealFields.omit({ mealId: true }),
      decide: ({ day }, content, { id }) =>
        day === undefined
          ? SharedMealLogged({ ...content, mealId: id, shared: false })
          : refuse('already-logged', 'This meal is logged already.'),
    },
    correct: {
      args: MealFields.omit({ mealId: true }),
      decide: ({ day }, content, { id }) =>
        day === undefined
          ? refuse('not-logged', 'This meal is not there any more.')
          : [
              MealRemoved({ userId: content.userId, mealId: id, day }),
              SharedMealLogged({ ...content, mealId: id, shared: true }),
            ],
    },
    remove: {
      args: undefined,
      decide: ({ day }, _args, { id }) => (day === undefined ? [] : MealRemoved({ userId: 'user-1', mealId: id, day })),
    },
  },
})

const water = defineProjection('water', {
  version: 1,
  events: [WaterDrunk],
  key: ({ data }) => data.day,
  initial: () => ({ litres: 0 }),
  evolve: { WaterDrunk: ({ litres }, { data }) => ({ litres: litres + data.litres }) },
})

/** Three releases of one app. All of them are in use at once, and none may harm what another wrote. */
export const older = defineDomain({
  version: 'sim-1',
  events: [MealLogged, MealRemoved],
  projections: [dailyIntake, loggedDays],
})
export const current = defineDomain({
  version: 'sim-2',
  events: [MealLogged, MealRemoved, NutritionGoalSet],
  projections: [dailyIntake, goals, loggedDays, recentFoods],
  aggregates: [meal],
})
export const newer = defineDomain({
  version: 'sim-3',
  events: [SharedMealLogged, MealRemoved, NutritionGoalSet, WaterDrunk],
  projections: [dailyIntake, goals, loggedDays, recentFoods, water],
  aggregates: [sharedMeal],
})
