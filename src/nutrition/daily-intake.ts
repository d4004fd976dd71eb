import { defineProjection, type EventOf } from '../domain.ts'
import { MealLogged, type MealSlot } from './meal-logged.ts'
import { MealRemoved } from './meal-removed.ts'
import { type NutrientTotals, sumOf } from './nutrients.ts'

/** A meal as it stands in a day. */
export type Meal = EventOf<typeof MealLogged>['data'] & {
  /** The event that gave it this content: look it up in `commits$` to know whether it is pending. */
  readonly eventId: string
  /** ISO 8601; of the first time that it was logged, so that an edit does not move it in the list. */
  readonly loggedAt: string
}

export interface DailyIntake {
  readonly meals: Readonly<Record<string, Meal>>
}

/** The day before anything was logged on it. */
export const EMPTY_DAY: DailyIntake = { meals: {} }

/** The day with a meal in it, in place of what was logged under its id. */
export function withMeal({ meals }: DailyIntake, { id, time, data }: EventOf<typeof MealLogged>): DailyIntake {
  const before = Object.hasOwn(meals, data.mealId) ? meals[data.mealId] : undefined
  return { meals: { ...meals, [data.mealId]: { ...data, eventId: id, loggedAt: before?.loggedAt ?? time } } }
}

/** The day without a meal; the same day where it is not there. */
export function withoutMeal(day: DailyIntake, { data }: EventOf<typeof MealRemoved>): DailyIntake {
  if (!Object.hasOwn(day.meals, data.mealId)) return day
  const { [data.mealId]: _removed, ...meals } = day.meals
  return { meals }
}

/**
 * What a person ate, one state a day; the key is the day. Meals are kept by id and totals derived ({@link totalsOf}), so that an event that
 * says what is already so (the second of two removals, the same meal logged twice) changes nothing.
 */
export const dailyIntake = defineProjection('dailyIntake', {
  version: 1,
  events: [MealLogged, MealRemoved],
  key: (event) => event.data.day,
  initial: () => EMPTY_DAY,
  evolve: { MealLogged: withMeal, MealRemoved: withoutMeal },
})

/** The sum of a day, of one slot if given. To a hundredth, so that 0.1 + 0.2 is 0.3 and the order of the meals does not show. */
export function totalsOf(day: DailyIntake, slot?: MealSlot): NutrientTotals {
  return sumOf(Object.values(day.meals).filter((meal) => slot === undefined || meal.slot === slot))
}

/** The meals of a day, of one slot if given, in the order in which they were first logged. */
export function mealsOf(day: DailyIntake, slot?: MealSlot): readonly Meal[] {
  const meals = Object.values(day.meals).filter((meal) => slot === undefined || meal.slot === slot)
  return meals.sort((a, b) => compareText(a.loggedAt, b.loggedAt) || compareText(a.mealId, b.mealId))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
