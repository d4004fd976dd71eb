import type { DeadLetter } from '@larder/sdk'
import { describe, expect, test } from 'vitest'
import { canBeResent, describeLetter, fixedMeal } from '../../../demo/meals/describe-letter.ts'

const meal = {
  userId: 'demo',
  mealId: 'meal-1',
  day: '2026-11-23',
  slot: 'lunch',
  name: 'Feast',
  calories: 12_000,
  protein: 0,
  carbs: 0,
  fat: 0,
  fibre: 0,
}

function letterWith(...events: readonly { type: string; data: DeadLetter['events'][number]['data'] }[]): DeadLetter {
  return {
    id: 'commit-1',
    kind: 'commit',
    code: 'calories-implausible',
    message: 'Too much.',
    attempts: 1,
    since: '2026-11-23T12:00:00.000Z',
    nextAttempt: undefined,
    retryable: false,
    replaces: [],
    events: events.map((event, index) => ({
      id: `event-${index}`,
      version: 1,
      stream: 'meal-1',
      time: '2026-11-23T12:00:00.000Z',
      metadata: {},
      ...event,
    })),
  }
}

test('what the server has in another form already can only be given up', () => {
  const letter = letterWith({ type: 'MealLogged', data: meal })
  expect([canBeResent(letter), canBeResent({ ...letter, code: 'already-accepted' })]).toEqual([true, false])
})

describe('what the server refused', () => {
  test('is named as the person who logged it would', () => {
    const words = describeLetter(letterWith({ type: 'MealLogged', data: meal }))
    expect(words.title).toBe('Feast, 12,000 kcal')
    expect(words.detail).toMatch(/^Lunch, .*23/)
    expect(words.meal).toEqual(meal)
  })

  test('can be corrected in a form only when it is one meal', () => {
    const two = describeLetter(letterWith({ type: 'MealLogged', data: meal }, { type: 'MealLogged', data: meal }))
    expect(two.meal).toBeUndefined()
    expect(two.detail).toContain('and 1 more')
    expect(describeLetter(letterWith({ type: 'MealLogged', data: { name: 'Feast' } })).meal).toBeUndefined()
  })

  test('can be corrected too when it moved a meal to another day', () => {
    const moved = letterWith(
      { type: 'MealRemoved', data: { userId: 'demo', mealId: 'meal-1', day: '2026-11-20' } },
      { type: 'MealLogged', data: meal },
    )
    expect(describeLetter(moved)).toMatchObject({ title: 'Feast, 12,000 kcal', meal })
    expect(describeLetter(moved).detail).not.toContain('more')
    const other = letterWith(
      { type: 'MealRemoved', data: { userId: 'demo', mealId: 'meal-2', day: '2026-11-20' } },
      { type: 'MealLogged', data: meal },
    )
    expect(describeLetter(other).meal).toBeUndefined()
  })

  test('is named by its type when it is something else', () => {
    expect(describeLetter(letterWith({ type: 'PaymentProcessed', data: {} })).title).toBe('Payment processed')
    expect(describeLetter(letterWith()).title).toBe('A change without content')
  })
})

describe('a corrected meal', () => {
  const dataOf = (events: ReturnType<typeof fixedMeal>) => events.map(({ type, data }) => [type, data.day])
  const fixed = { ...meal, slot: 'lunch' as const, calories: 900 }

  test('replaces the meal on its day', () => {
    const letter = letterWith({ type: 'MealLogged', data: meal })
    expect(dataOf(fixedMeal(letter, fixed))).toEqual([['MealLogged', '2026-11-23']])
  })

  test('is taken from the days where it may stand, so that it does not count twice', () => {
    const changed = letterWith({ type: 'MealLogged', data: meal })
    expect(dataOf(fixedMeal(changed, { ...fixed, day: '2026-11-22' }))).toEqual([
      ['MealRemoved', '2026-11-23'],
      ['MealLogged', '2026-11-22'],
    ])
    const moved = letterWith(
      { type: 'MealRemoved', data: { userId: 'demo', mealId: 'meal-1', day: '2026-11-20' } },
      { type: 'MealLogged', data: meal },
    )
    expect(dataOf(fixedMeal(moved, fixed))).toEqual([
      ['MealRemoved', '2026-11-20'],
      ['MealLogged', '2026-11-23'],
    ])
  })
})
