import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MealPlanCreated,
  MealPlanned,
  mealPlan,
  nutrition,
  PlannedMealRemoved,
  plannedMealsOf,
  weeklyPlan,
} from '../../src/nutrition/index.ts'
import { specify } from '../../src/testing/index.ts'
import { foldKey, happened, toast } from './happened.ts'

const given = specify(nutrition)
const monday = '2026-11-23'
const targets = { calories: 2000, protein: 150 }
const fields = { userId: 'ada', weekStart: monday, nutritionalTargets: targets, mealCount: 21 }
const created = (planId: string) => MealPlanCreated({ ...fields, planId })
const planned = (mealId: string, day = monday, planId = 'p1') => MealPlanned({ ...toast, mealId, day, planId })
const dropped = (mealId: string, day = monday, planId = 'p1') =>
  PlannedMealRemoved({ userId: 'ada', planId, mealId, day })

describe("a week's plan", () => {
  const mealsAfter = (...events: readonly Parameters<typeof happened>[0][]) =>
    plannedMealsOf(
      foldKey(
        weeklyPlan,
        monday,
        events.map((event) => happened(event)),
      ),
    ).map(({ day, mealId }) => `${day} ${mealId}`)

  it('is none before one is made', () => {
    given(weeklyPlan, []).thenState(monday, { plan: undefined, meals: {} })
    expect(mealsAfter(planned('a'))).toEqual([])
  })

  it('is the one that was made last, with its own meals, also where they came before it', () => {
    expect(mealsAfter(created('p1'), planned('a'), planned('b', monday, 'p2'), created('p2'))).toEqual([`${monday} b`])
  })

  it('has each meal once, on the day for which it was planned last, in the order of days and slots', () => {
    const supper = MealPlanned({ ...toast, planId: 'p1', mealId: 'a', slot: 'dinner' })
    expect(mealsAfter(created('p1'), planned('z', '2026-11-24'), supper, planned('b'), planned('z'))).toEqual([
      `${monday} b`,
      `${monday} z`,
      `${monday} a`,
    ])
  })

  it('does not mind a meal that is taken out twice, before it is there, or from a day on which it is no more', () => {
    expect(mealsAfter(created('p1'), dropped('a'), planned('a'), dropped('a'), dropped('a'))).toEqual([])
    expect(mealsAfter(created('p1'), planned('a', '2026-11-25'), dropped('a'))).toEqual(['2026-11-25 a'])
    expect(mealsAfter(created('p1'), planned('constructor'), dropped('constructor'))).toEqual([])
  })

  it('holds what a list of its meals, kept by hand, holds', () => {
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c'), on: fc.nat(6), isIn: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const byHand = new Map<string, string>()
        const events = steps.map(({ id, on, isIn }) => {
          const day = `2026-11-${23 + on}`
          if (isIn) byHand.set(id, day)
          else if (byHand.get(id) === day) byHand.delete(id)
          return isIn ? planned(id, day) : dropped(id, day)
        })
        expect(mealsAfter(created('p1'), ...events)).toEqual(
          Array.from(byHand, ([id, day]) => `${day} ${id}`).toSorted(),
        )
      }),
    )
  })
})

describe('the plan itself', () => {
  const { userId, ...rest } = fields
  const of = (...events: Parameters<typeof given<never>>[1]) => given(mealPlan, events, { id: 'p1' })

  it('is made once, from a Monday on', () => {
    of()
      .when('create', { userId, ...rest })
      .then([created('p1')])
    of(created('p1'))
      .when('create', { userId, ...rest })
      .thenRefused('already-created')
    of()
      .when('create', { userId, ...rest, weekStart: '2026-11-24' })
      .thenRefused('week-start-not-monday')
  })

  it('takes meals of its week', () => {
    of(created('p1'))
      .when('planMeal', toast)
      .then([planned('toast')])
    of(created('p1'), planned('toast'))
      .when('planMeal', toast)
      .then([planned('toast')])
    of(created('p1'))
      .when('planMeal', { ...toast, day: '2026-11-30' })
      .thenRefused('day-outside-week')
    of().when('planMeal', toast).thenRefused('not-created')
  })

  it('moves a meal to another day', () => {
    of(created('p1'), planned('toast'))
      .when('planMeal', { ...toast, day: '2026-11-24' })
      .then([dropped('toast'), planned('toast', '2026-11-24')])
  })

  it('takes a meal out once', () => {
    of(created('p1'), planned('toast'))
      .when('removeMeal', { mealId: 'toast' })
      .then([dropped('toast')])
    of(created('p1'), planned('toast'), dropped('toast')).when('removeMeal', { mealId: 'toast' }).thenNothing()
    of(created('p1')).when('removeMeal', { mealId: 'constructor' }).thenNothing()
    of().when('removeMeal', { mealId: 'toast' }).thenRefused('not-created')
  })
})
