import { MealLogged } from '@larder/sdk/nutrition'

type Meal = Parameters<typeof MealLogged>[0]

/** The model's meals have a name and calories only. */
export function mealLogged(mealId: string, calories = 500, more: Partial<Meal> = {}) {
  return MealLogged({
    ...{ userId: 'user-123', mealId, day: '2026-11-23', slot: 'lunch', name: 'Lentils' },
    ...{ calories, protein: 20, carbs: 40, fat: 5, fibre: 12 },
    ...more,
  })
}
