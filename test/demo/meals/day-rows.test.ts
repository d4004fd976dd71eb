import type { CommitFate, DeadLetter } from '@larder/sdk'
import type { DailyIntake, Meal } from '@larder/sdk/nutrition'
import { describe, expect, test } from 'vitest'
import { type DayRows, dayRows, rowsOf } from '../../../demo/meals/day-rows.ts'

const day = '2026-11-23'

function meal(mealId: string, minute: number, more: Partial<Meal> = {}): Meal {
  const time = `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z`
  const numbers = { calories: 250, protein: 0, carbs: 0, fat: 0, fibre: 0 }
  return {
    userId: 'demo',
    mealId,
    day,
    slot: 'lunch',
    name: mealId,
    ...numbers,
    eventId: `event-of-${mealId}`,
    loggedAt: time,
    ...more,
  }
}

function intakeOf(...meals: readonly Meal[]): DailyIntake {
  return { meals: Object.fromEntries(meals.map((each) => [each.mealId, each])) }
}

function fatesOf(states: Readonly<Record<string, CommitFate['state']>>): ReadonlyMap<string, CommitFate> {
  return new Map(
    Object.entries(states).map(([id, state]) => [`event-of-${id}`, { state, commitId: `commit-of-${id}` }]),
  )
}

function letterOf(...meals: readonly Meal[]): DeadLetter {
  return {
    id: 'letter',
    kind: 'commit',
    code: 'calories-implausible',
    message: 'Too much.',
    attempts: 1,
    since: '2026-11-23T13:00:00.000Z',
    nextAttempt: undefined,
    retryable: false,
    replaces: [],
    events: meals.map(({ eventId, loggedAt, ...data }) => ({
      id: eventId,
      version: 1,
      stream: 'meals',
      time: loggedAt,
      metadata: {},
      type: 'MealLogged',
      data,
    })),
  }
}

function shown(rows: DayRows): readonly string[] {
  return rowsOf(rows, 'lunch').map(({ meal: { mealId }, state }) => `${mealId} ${state}`)
}

const soup = meal('soup', 1)
const feast = meal('feast', 2, { calories: 12_000 })
const apple = meal('apple', 3)
const pending = fatesOf({ soup: 'pending', feast: 'pending', apple: 'pending' })
const before = dayRows({ day, intake: intakeOf(soup, feast, apple), fates: pending, letters: [] }, undefined)
const without = intakeOf(soup, apple)

test('a meal says how it stands with the server', () => {
  const fates = fatesOf({ feast: 'held', apple: 'pending' })
  const rows = dayRows({ day, intake: intakeOf(soup, feast, apple), fates, letters: [] }, undefined)
  expect(shown(rows)).toEqual(['soup confirmed', 'feast held', 'apple pending'])
})

describe('a meal that is refused keeps its place', () => {
  const refused = fatesOf({ feast: 'rejected' })
  const letters = [letterOf(feast)]
  const news = {
    'the day': { intake: without },
    'what is pending': { fates: refused },
    'what was refused': { letters },
  } as const
  const names = Object.keys(news) as (keyof typeof news)[]
  const orders = names.flatMap((first) =>
    names
      .filter((name) => name !== first)
      .map((second) => [first, second, ...names.filter((name) => name !== first && name !== second)]),
  ) as (keyof typeof news)[][]

  test.each(orders)('told in the order: %s, %s, %s', (...order) => {
    let known = { day, intake: intakeOf(soup, feast, apple), fates: pending, letters: [] as readonly DeadLetter[] }
    let rows = before
    for (const name of order) {
      known = { ...known, ...news[name] }
      rows = dayRows(known, rows)
      expect(rowsOf(rows, 'lunch').map((row) => row.meal.mealId)).toEqual(['soup', 'feast', 'apple'])
    }
    expect(shown(rows)).toEqual(['soup confirmed', 'feast refused', 'apple confirmed'])
    expect(rows.rows.get('feast')?.letter).toBe(letters[0])
  })

  test('also when the day is looked at later', () => {
    const rows = dayRows({ day, intake: without, fates: refused, letters }, undefined)
    expect(shown(rows)).toEqual(['soup confirmed', 'feast refused', 'apple confirmed'])
  })

  test('and goes when it is given up', () => {
    const rows = dayRows({ day, intake: without, fates: refused, letters }, undefined)
    const told = dayRows({ day, intake: without, fates: fatesOf({}), letters }, rows)
    expect(shown(dayRows({ day, intake: without, fates: fatesOf({}), letters: [] }, told))).toEqual([
      'soup confirmed',
      'apple confirmed',
    ])
  })
})

test('a meal that waited and was removed goes with the next word about what waits', () => {
  const told = dayRows(
    { day, intake: without, fates: fatesOf({ soup: 'pending', feast: 'pending' }), letters: [] },
    before,
  )
  expect(shown(told)).toEqual(['soup pending', 'apple confirmed'])
})

test('a meal that the server had, removed on another device, goes at once', () => {
  const rows = dayRows({ day, intake: intakeOf(soup, feast), fates: fatesOf({}), letters: [] }, undefined)
  expect(shown(dayRows({ day, intake: intakeOf(soup), fates: fatesOf({}), letters: [] }, rows))).toEqual([
    'soup confirmed',
  ])
})

test('a refused change leaves the meal as the server has it', () => {
  const changed = { ...soup, eventId: 'event-of-change', calories: 12_000 }
  const fates = new Map([['event-of-change', { state: 'rejected', commitId: 'change' } as const]])
  const rows = dayRows({ day, intake: intakeOf(soup), fates, letters: [letterOf(changed)] }, undefined)
  expect(shown(rows)).toEqual(['soup confirmed'])
  expect(rows.rows.get('soup')?.meal.calories).toBe(250)
})

test('a meal that was removed before the server refused it does not come back by itself', () => {
  const removed = dayRows({ day, intake: without, fates: fatesOf({}), letters: [] }, before)
  const rows = dayRows(
    { day, intake: without, fates: fatesOf({ feast: 'rejected' }), letters: [letterOf(feast)] },
    removed,
  )
  expect(shown(rows)).toEqual(['soup confirmed', 'apple confirmed'])
})

test('what was refused of another day, or of a handler, is none of this day', () => {
  const other = letterOf(meal('feast', 2, { day: '2026-11-22' }))
  const { id, code, message, attempts, since, nextAttempt, retryable, events } = letterOf(apple)
  const ofHandler: DeadLetter = {
    id,
    code,
    message,
    attempts,
    since,
    nextAttempt,
    retryable,
    events,
    kind: 'handler',
    handler: 'coach',
    commitId: 'commit',
  }
  const rows = dayRows({ day, intake: intakeOf(soup), fates: fatesOf({}), letters: [other, ofHandler] }, undefined)
  expect(shown(rows)).toEqual(['soup confirmed'])
})
