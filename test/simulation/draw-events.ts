import type { NewEvent } from '../../src/event/recorded-event.ts'
import { MealLogged, MealRemoved, NutritionGoalSet } from '../../src/nutrition/index.ts'
import type { Prng } from '../../src/testing/chance/prng.ts'

const DAYS = ['2026-11-22', '2026-11-23', '2026-11-24'] as const
const USER = 'user-1'

/** The streams that the events of {@link drawEvents} go to are few, so that devices meet in them. */
const MEALS = 12

/** What one person does at a time: mostly one event; seldom several, or one that the server refuses. */
export function drawEvents(prng: Prng): readonly NewEvent[] {
  const dice = prng.next()
  if (dice < 0.5) return [drawMeal(prng, drawMealId(prng))]
  if (dice < 0.58) return [drawMeal(prng, drawMealId(prng), prng.between(10_001, 30_000))]
  if (dice < 0.72) return [removal(drawMealId(prng), prng.pick(DAYS))]
  if (dice < 0.86) return [drawGoal(prng)]
  if (dice < 0.93) {
    const mealId = drawMealId(prng)
    return [removal(mealId, prng.pick(DAYS)), drawMeal(prng, mealId)]
  }
  return Array.from({ length: prng.between(2, 9) }, () => drawMeal(prng, drawMealId(prng)))
}

function drawMealId(prng: Prng): string {
  return `meal-${prng.between(1, MEALS)}`
}

function drawMeal(prng: Prng, mealId: string, calories = prng.between(50, 1200)): NewEvent {
  return MealLogged({
    userId: USER,
    mealId,
    day: prng.pick(DAYS),
    slot: prng.pick(['breakfast', 'lunch', 'dinner', 'snacks']),
    name: `Food ${prng.between(1, 9)}`,
    calories,
    protein: prng.between(0, 50),
    carbs: prng.between(0, 90),
    fat: prng.between(0, 40),
    fibre: prng.between(0, 15),
  })
}

function removal(mealId: string, day: string): NewEvent {
  return MealRemoved({ userId: USER, mealId, day })
}

function drawGoal(prng: Prng): NewEvent {
  return NutritionGoalSet({
    userId: USER,
    goalType: prng.pick(['calories', 'protein', 'water']),
    targetValue: prng.between(1, 3000),
    unit: 'kcal',
    timeline: 'daily',
  })
}
