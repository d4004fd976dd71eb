import type { MealData } from './meals.ts'

/** A day's sums: the projection that every engine folds. */
export interface Totals {
  readonly meals: number
  readonly calories: number
  readonly protein: number
  readonly carbs: number
  readonly fat: number
}

export const NO_TOTALS: Totals = { meals: 0, calories: 0, protein: 0, carbs: 0, fat: 0 }

export function addMeal(totals: Totals, meal: MealData): Totals {
  return {
    meals: totals.meals + 1,
    calories: totals.calories + meal.calories,
    protein: totals.protein + meal.protein,
    carbs: totals.carbs + meal.carbs,
    fat: totals.fat + meal.fat,
  }
}

/** Daily totals as an app without projections keeps them. */
export class DailyTotals {
  readonly #days = new Map<string, Totals>()

  add(meal: MealData): void {
    this.#days.set(meal.day, addMeal(this.#days.get(meal.day) ?? NO_TOTALS, meal))
  }

  of(day: string): Totals {
    return this.#days.get(day) ?? NO_TOTALS
  }
}
