import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dailyIntake,
  daysOfWeek,
  MealLogged,
  MealRemoved,
  nutrition,
  totalsOf,
  weekAverages,
  weeklyIntake,
  weekTotals,
} from '../../src/nutrition/index.ts'
import { specify } from '../../src/testing/index.ts'
import { foldKey, logged, removed, toast } from './happened.ts'
import { anyMealStory } from './meal-story.ts'

const given = specify(nutrition)
const week = '2026-11-23'

describe('a week of meals', () => {
  it('is empty before anything is logged', () => {
    given(weeklyIntake, []).thenState(week, { days: {} })
    expect(weekAverages({ days: {} })).toEqual({ calories: 0, protein: 0, carbs: 0, fat: 0, fibre: 0 })
  })

  it('is from Monday to Sunday', () => {
    const on = (day: string, mealId: string) => MealLogged({ ...toast, day, mealId })
    given(weeklyIntake, [on('2026-11-22', 'a'), on('2026-11-23', 'b'), on('2026-11-29', 'c')]).thenKeys([
      '2026-11-16',
      '2026-11-23',
    ])
  })

  it('does not hold a day whose last meal was removed, however often, or before it was logged at all', () => {
    const remove = MealRemoved({ userId: 'ada', mealId: 'toast', day: toast.day })
    given(weeklyIntake, [MealLogged(toast), remove, remove]).thenState(week, { days: {} })
    given(weeklyIntake, [remove]).thenState(week, { days: {} })
  })

  it('averages the days on which something is logged', () => {
    const state = foldKey(weeklyIntake, week, [
      logged({ calories: 1000 }),
      logged({ mealId: 'b', calories: 1001 }),
      logged({ day: '2026-11-25', calories: 0 }),
    ])
    expect([weekTotals(state).calories, weekAverages(state).calories]).toEqual([2001, 1000.5])
  })

  it('is the sum of its days, whatever was logged, corrected, moved and removed', () => {
    fc.assert(
      fc.property(anyMealStory, (events) => {
        const state = foldKey(weeklyIntake, week, events)
        const days = daysOfWeek(week).map((day) => [day, foldKey(dailyIntake, day, events)] as const)
        const sum = days.reduce((total, [, day]) => total + totalsOf(day).calories, 0)
        expect(weekTotals(state).calories).toBeCloseTo(sum, 6)
        expect(state.days).toEqual(Object.fromEntries(days.filter(([, { meals }]) => Object.keys(meals).length > 0)))
      }),
    )
  })

  it('is not changed by a removal that was said before', () => {
    fc.assert(
      fc.property(anyMealStory, (events) => {
        const again = [...events, removed('a'), removed('a')]
        expect(foldKey(weeklyIntake, week, again)).toEqual(foldKey(weeklyIntake, week, [...events, removed('a')]))
      }),
    )
  })
})
