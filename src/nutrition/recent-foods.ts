import { defineProjection, type EventOf } from '../domain.ts'
import { MealLogged } from './meal-logged.ts'

type LoggedMeal = EventOf<typeof MealLogged>['data']

/** A food as it was logged last: enough to log it again in one tap. */
export type RecentFood = Omit<LoggedMeal, 'userId' | 'mealId' | 'day'> & {
  /** One for each food: {@link recentFoodKey}. */
  readonly key: string
  /** The meal that logged it last. */
  readonly mealId: string
  /** How often it was logged while it was among the recent ones. */
  readonly count: number
  /** ISO 8601. */
  readonly lastLoggedAt: string
}

export interface RecentFoods {
  /** Distinct foods, the last logged first, at most {@link RECENT_FOODS_LENGTH}. */
  readonly foods: readonly RecentFood[]
}

export const RECENT_FOODS_LENGTH = 50

/** What a person logs often or logged lately. A removed meal stays: its food was picked, and will be looked for again. */
export const recentFoods = defineProjection('recentFoods', {
  version: 1,
  events: [MealLogged],
  initial: (): RecentFoods => ({ foods: [] }),
  evolve: {
    MealLogged: ({ foods }, { time, data }) => {
      const { userId: _owner, day: _day, ...food } = data
      const key = recentFoodKey(data)
      const before = foods.find((each) => each.key === key)
      const again = before?.mealId === data.mealId
      const count = before === undefined ? 1 : again ? before.count : before.count + 1
      // A device that was offline for long brings old meals late: they take their place by time, and do not push the new ones down.
      const late = before !== undefined && before.lastLoggedAt > time
      const recent: RecentFood = late ? { ...before, count } : { ...food, key, count, lastLoggedAt: time }
      const others = foods.filter((each) => each.key !== key)
      const place = others.findIndex((each) => each.lastLoggedAt <= recent.lastLoggedAt)
      const next = others.toSpliced(place === -1 ? others.length : place, 0, recent)
      return { foods: next.slice(0, RECENT_FOODS_LENGTH) }
    },
  },
})

/** Foods of the table are told apart by their id, those that a person wrote by their name, whatever its case. */
export function recentFoodKey(food: { readonly foodId?: string | undefined; readonly name: string }): string {
  return food.foodId === undefined ? `name:${food.name.toLowerCase()}` : `food:${food.foodId}`
}
