import type { EventOf } from '@larder/sdk/domain'
import { type Meal, MealLogged, MealRemoved, type RecentFood } from '@larder/sdk/nutrition'

export type MealData = EventOf<typeof MealLogged>['data']
/** A meal before it is logged: what it is, when, and which meal of the day. */
export type MealDraft = Omit<MealData, 'userId' | 'mealId'>

/** What an event says of the meal, without what the day added. */
export function mealData(meal: Meal): MealData {
  const { eventId: _eventId, loggedAt: _loggedAt, ...data } = meal
  return data
}

/** The same food again, on another day. */
export function draftFromRecent(recent: RecentFood, when: Pick<MealDraft, 'day' | 'slot'>): MealDraft {
  const { key: _key, mealId: _mealId, count: _count, lastLoggedAt: _at, ...food } = recent
  return { ...food, ...when }
}

interface Stored {
  readonly type: string
  readonly data: unknown
}

/** Reads a stored event's data as a meal; undefined if it is none. */
export function readMeal(event: Stored): MealData | undefined {
  if (event.type !== MealLogged.type) return undefined
  const read = MealLogged.schema['~standard'].validate(event.data)
  return read instanceof Promise || read.issues !== undefined ? undefined : read.value
}

/** Reads a stored event's data as the removal of a meal; undefined if it is none. */
export function readRemoval(event: Stored): EventOf<typeof MealRemoved>['data'] | undefined {
  if (event.type !== MealRemoved.type) return undefined
  const read = MealRemoved.schema['~standard'].validate(event.data)
  return read instanceof Promise || read.issues !== undefined ? undefined : read.value
}
