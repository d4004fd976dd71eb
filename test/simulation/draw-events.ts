import type { NewEvent } from '../../src/event/recorded-event.ts'
import { MealLogged, MealRemoved, NutritionGoalSet } from '../../src/nutrition/index.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import type { Prng } from '../../src/testing/chance/prng.ts'
import { SharedMealLogged, WaterDrunk } from './releases.ts'

const DAYS = ['2026-11-22', '2026-11-23', '2026-11-24'] as const
const USER = 'user-1'

/** The streams that the events of {@link drawEvents} go to are few, so that devices meet in them. */
const MEALS = 8

/** A request that carries this is refused whole: whoever sent it has to find out which commit is to blame. */
export const POISON = 'DROP TABLE meals'

/** What one person does at a time, with the release that they have: mostly one event; seldom several, or one that is refused. */
export function drawEvents(prng: Prng, { catalog }: Domain): readonly NewEvent[] {
  const knows = (type: string): boolean => catalog.find(type) !== undefined
  const meal = (mealId = drawMealId(prng), changes: Partial<Meal> = {}): NewEvent => {
    const data = { ...drawMeal(prng, mealId), ...changes }
    return catalog.get('MealLogged').version === 1
      ? MealLogged(data)
      : SharedMealLogged({ ...data, shared: prng.chance(0.5) })
  }
  const dice = prng.next()
  if (dice < 0.46) return [meal()]
  if (dice < 0.49) return [meal(undefined, { name: POISON })]
  if (dice < 0.54) return [meal(undefined, { calories: prng.between(10_001, 30_000) })]
  if (dice < 0.7) return [removal(drawMealId(prng), prng.pick(DAYS))]
  if (dice < 0.84) return [knows('NutritionGoalSet') ? drawGoal(prng) : meal()]
  if (dice < 0.88)
    return [knows('WaterDrunk') ? WaterDrunk({ day: prng.pick(DAYS), litres: prng.between(1, 9) }) : meal()]
  if (dice < 0.94) {
    const mealId = drawMealId(prng)
    return [removal(mealId, prng.pick(DAYS)), meal(mealId)]
  }
  return Array.from({ length: prng.between(2, 6) }, () => meal())
}

type Meal = Parameters<typeof MealLogged>[0]

function drawMealId(prng: Prng): string {
  return `meal-${prng.between(1, MEALS)}`
}

function drawMeal(prng: Prng, mealId: string): Meal {
  return {
    userId: USER,
    mealId,
    day: prng.pick(DAYS),
    slot: prng.pick(['breakfast', 'lunch', 'dinner', 'snacks']),
    name: `Food ${prng.between(1, 9)}`,
    calories: prng.between(50, 1200),
    protein: prng.between(0, 50),
    carbs: prng.between(0, 90),
    fat: prng.between(0, 40),
    fibre: prng.between(0, 15),
  }
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
