import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dailyIntake,
  daysOfWeek,
  type GoalType,
  goals,
  mealsOf,
  NutritionGoalSet,
  nutrition,
  WeeklyReportGenerated,
  weeklyIntake,
  weeklyReport,
  weeklyReports,
} from '../../src/nutrition/index.ts'
import { createTestLarder } from '../../src/testing/index.ts'
import { fold, foldKey, happened, logged } from './happened.ts'
import { anyMealStory } from './meal-story.ts'

const week = '2026-11-23'
const goal = (goalType: GoalType, targetValue: number, timeline?: string) =>
  happened(NutritionGoalSet({ userId: 'ada', goalType, targetValue, unit: 'g', timeline }))

describe('the report of a week', () => {
  const report = (events: readonly ReturnType<typeof happened>[]) =>
    weeklyReport('2026-11-26', foldKey(weeklyIntake, week, events), fold(goals, events))

  it('says which week it is of, and of one without meals judges nothing', () => {
    expect(report([goal('calories', 2000)])).toEqual({
      weekStart: '2026-11-23',
      weekEnd: '2026-11-29',
      metrics: { calories: 0, protein: 0, carbs: 0, fat: 0, fibre: 0, daysLogged: 0, mealsLogged: 0 },
      goalAchievements: {},
    })
  })

  it('averages the days on which something is logged', () => {
    const { metrics } = report([logged({ calories: 500 }), logged({ mealId: 'b', day: '2026-11-29', calories: 701 })])
    expect(metrics).toMatchObject({ calories: 600.5, daysLogged: 2, mealsLogged: 2 })
  })

  it.each<[GoalType, number, string | undefined, boolean | undefined]>([
    ['calories', 160, undefined, true],
    ['calories', 159.99, 'daily', false],
    ['carbs', 29.1, undefined, true],
    ['fat', 2.1, undefined, false],
    ['protein', 5.3, undefined, true],
    ['protein', 5.31, undefined, false],
    ['fibre', 3.2, undefined, false],
    ['calories', 1120, 'weekly', true],
    ['calories', 1119, 'weekly', false],
    ['calories', 5000, 'monthly', undefined],
    ['weight', 70, undefined, undefined],
    ['water', 2000, undefined, undefined],
  ])('judges the goal %s of %s, %s: %s', (goalType, target, timeline, expected) => {
    expect(report([logged(), goal(goalType, target, timeline)]).goalAchievements[goalType]).toBe(expected)
  })

  it('says what the days by themselves say', () => {
    fc.assert(
      fc.property(anyMealStory, (events) => {
        const days = daysOfWeek(week)
          .map((day) => mealsOf(foldKey(dailyIntake, day, events)))
          .filter((meals) => meals.length > 0)
        const meals = days.flat()
        const sum = meals.reduce((total, { calories }) => total + calories, 0)
        const { metrics } = report(events)
        expect(metrics).toMatchObject({ daysLogged: days.length, mealsLogged: meals.length })
        expect(
          Math.abs((metrics['calories'] ?? Number.NaN) - (days.length === 0 ? 0 : sum / days.length)),
        ).toBeLessThan(0.02)
      }),
    )
  })

  it('is what the event carries, and is shown by its week, the last that was generated', async () => {
    const { larder, close } = await openTest()
    const made = report([logged(), goal('calories', 2000)])
    const generated = (reportId: string, more = {}) =>
      WeeklyReportGenerated({ userId: 'ada', reportId, ...made, ...more })
    await larder.append(generated('first', { metrics: {} }))
    await larder.append(generated('second'))
    expect(await larder.get(weeklyReports, week)).toMatchObject({ report: { reportId: 'second', ...made } })
    expect(await larder.get(weeklyReports, '2026-11-16')).toEqual({ report: undefined })
    await close()
  })
})

async function openTest() {
  const test = await createTestLarder(nutrition)
  return { larder: test.larder, close: () => test.close() }
}
