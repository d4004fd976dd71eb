import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addDays,
  dailyIntake,
  loggedDays,
  MealLogged,
  MealRemoved,
  nutrition,
  streakOf,
} from '../../src/nutrition/index.ts'
import { specify } from '../../src/testing/index.ts'
import { failureOf } from '../support/failure.ts'
import { fold, foldKey, logged, removed, toast } from './happened.ts'
import { anyMealStory } from './meal-story.ts'

const given = specify(nutrition)
const streak = (days: readonly string[], today: string) =>
  streakOf(
    fold(
      loggedDays,
      days.map((day, index) => logged({ day, mealId: `m${index}` })),
    ),
    today,
  )

describe('a streak', () => {
  it('is none before anything is logged', () => {
    expect(streak([], '2026-11-23')).toEqual({ current: 0, longest: 0, days: 0 })
  })

  it('goes on over the end of a month and of a year, in whatever order days come', () => {
    expect(streak(['2027-01-01', '2026-12-30', '2026-12-31'], '2027-01-01')).toEqual({
      current: 3,
      longest: 3,
      days: 3,
    })
  })

  it('is not over while today is not, and is a day later', () => {
    const days = ['2026-11-21', '2026-11-22']
    expect(streak(days, '2026-11-22').current).toBe(2)
    expect(streak(days, '2026-11-23').current).toBe(2)
    expect(streak(days, '2026-11-24')).toEqual({ current: 0, longest: 2, days: 2 })
  })

  it('does not count days that are still to come', () => {
    expect(streak(['2026-11-23', '2026-11-24'], '2026-11-23')).toEqual({ current: 1, longest: 1, days: 1 })
  })

  it('loses a day with its last meal only, however often one is removed', () => {
    const remove = MealRemoved({ userId: 'ada', mealId: 'toast', day: toast.day })
    const soup = MealLogged({ ...toast, mealId: 'soup' })
    given(loggedDays, [remove, MealLogged(toast), MealLogged(toast), soup, remove, remove]).then({
      months: { '2026-11': { '2026-11-23': ['soup'] } },
    })
    given(loggedDays, [MealLogged(toast), remove, remove]).then({ months: {} })
  })

  it('needs to know which day it is', async () => {
    expect(await failureOf(() => streakOf({ months: {} }, 'today'))).toMatchObject({ code: 'argument' })
  })

  it('is what walking the days by hand gives', () => {
    fc.assert(
      fc.property(anyMealStory, fc.integer({ min: -4, max: 12 }), (events, offset) => {
        const today = addDays(toast.day, offset)
        const isLogged = (day: string) => Object.keys(foldKey(dailyIntake, day, events).meals).length > 0
        let [run, longest, count] = [0, 0, 0]
        for (let day = addDays(toast.day, -5); day <= today; day = addDays(day, 1)) {
          if (isLogged(day)) count++
          // Today may still come.
          if (day !== today || isLogged(day)) run = isLogged(day) ? run + 1 : 0
          longest = Math.max(longest, run)
        }
        expect(streakOf(fold(loggedDays, events), today)).toEqual({ current: run, longest, days: count })
      }),
    )
  })

  it('is not changed by a removal that was said before', () => {
    fc.assert(
      fc.property(anyMealStory, (events) => {
        const once = [...events, removed('a')]
        expect(fold(loggedDays, [...once, removed('a')])).toEqual(fold(loggedDays, once))
      }),
    )
  })
})
