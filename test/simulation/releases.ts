import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, from } from '../../src/domain.ts'
import { dailyIntake } from '../../src/nutrition/daily-intake.ts'
import { goals } from '../../src/nutrition/goals.ts'
import { loggedDays } from '../../src/nutrition/logged-days.ts'
import { meal } from '../../src/nutrition/meal.ts'
import { MealFields, MealLogged } from '../../src/nutrition/meal-logged.ts'
import { MealRemoved } from '../../src/nutrition/meal-removed.ts'
import { NutritionGoalSet } from '../../src/nutrition/nutrition-goal-set.ts'
import { recentFoods } from '../../src/nutrition/recent-foods.ts'

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
})
