import { defineProjection, type EventOf } from '../domain.ts'
import { MealLogged, type MealSlot } from './meal-logged.ts'
import { MealRemoved } from './meal-removed.ts'

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

/** `calories` in kcal, the others in grams. */
export interface NutrientTotals {
  readonly calories: number
  readonly protein: number
  readonly carbs: number
  readonly fat: number
  readonly fibre: number
}

/**
 * What a person ate, one state a day; the key is the day. Meals are kept by id and totals derived ({@link totalsOf}), so that an event that
 * says what is already so (the second of two removals, the same meal logged twice) changes nothing.
 */
export const dailyIntake = defineProjection('dailyIntake', {
  version: 1,
  events: [MealLogged, MealRemoved],
  key: (event) => event.data.day,
  initial: (): DailyIntake => ({ meals: {} }),
  evolve: {
    MealLogged: ({ meals }, { id, time, data }) => {
      const before = Object.hasOwn(meals, data.mealId) ? meals[data.mealId] : undefined
      return { meals: { ...meals, [data.mealId]: { ...data, eventId: id, loggedAt: before?.loggedAt ?? time } } }
    },
    MealRemoved: (state, { data }) => {
      if (!Object.hasOwn(state.meals, data.mealId)) return state
      const { [data.mealId]: _removed, ...meals } = state.meals
      return { meals }
    },
  },
})

/** The sum of a day, of one slot if given. To a hundredth, so that 0.1 + 0.2 is 0.3 and the order of the meals does not show. */
export function totalsOf(day: DailyIntake, slot?: MealSlot): NutrientTotals {
  const sum = { calories: 0, protein: 0, carbs: 0, fat: 0, fibre: 0 }
  for (const meal of Object.values(day.meals)) {
    if (slot !== undefined && meal.slot !== slot) continue
    sum.calories += meal.calories
    sum.protein += meal.protein
    sum.carbs += meal.carbs
    sum.fat += meal.fat
    sum.fibre += meal.fibre
  }
  return {
    calories: toHundredth(sum.calories),
    protein: toHundredth(sum.protein),
    carbs: toHundredth(sum.carbs),
    fat: toHundredth(sum.fat),
    fibre: toHundredth(sum.fibre),
  }
}

/** The meals of a day, of one slot if given, in the order in which they were first logged. */
export function mealsOf(day: DailyIntake, slot?: MealSlot): readonly Meal[] {
  const meals = Object.values(day.meals).filter((meal) => slot === undefined || meal.slot === slot)
  return meals.sort((a, b) => compareText(a.loggedAt, b.loggedAt) || compareText(a.mealId, b.mealId))
}

function toHundredth(value: number): number {
  return Math.round(value * 100) / 100
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
