import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dailyIntake, mealsOf, totalsOf } from '../../src/nutrition/index.ts'
import { foldKey, logged, removed, toast } from './happened.ts'

const today = toast.day

describe('a day of meals', () => {
  it('is empty before anything is logged', () => {
    expect(totalsOf(foldKey(dailyIntake, today, []))).toEqual({ calories: 0, protein: 0, carbs: 0, fat: 0, fibre: 0 })
  })

  it('adds up what was eaten, in all and by slot', () => {
    const day = foldKey(dailyIntake, today, [
      logged(),
      logged({ mealId: 'soup', slot: 'lunch', calories: 90.5, fat: 0.1 }),
    ])
    expect(totalsOf(day)).toEqual({ calories: 250.5, protein: 10.6, carbs: 58.2, fat: 2.3, fibre: 6.2 })
    expect(totalsOf(day, 'lunch').calories).toBe(90.5)
    expect(totalsOf(day, 'dinner').calories).toBe(0)
  })

  it('keeps days apart', () => {
    const events = [logged(), logged({ mealId: 'soup', day: '2026-11-24' })]
    expect(mealsOf(foldKey(dailyIntake, today, events)).map((meal) => meal.mealId)).toEqual(['toast'])
    expect(mealsOf(foldKey(dailyIntake, '2026-11-24', events)).map((meal) => meal.mealId)).toEqual(['soup'])
  })

  it('lists meals in the order in which they were first logged, whatever was edited later', () => {
    const day = foldKey(dailyIntake, today, [
      logged(),
      logged({ mealId: 'apple' }),
      logged({ name: 'Toast with butter' }),
    ])
    expect(mealsOf(day).map((meal) => meal.name)).toEqual(['Toast with butter', 'Toast'])
    expect(mealsOf(day, 'dinner')).toEqual([])
  })

  it('takes the last content of a meal that was logged twice, and says which event gave it', () => {
    const edit = logged({ calories: 200 })
    const day = foldKey(dailyIntake, today, [logged(), edit])
    expect(totalsOf(day).calories).toBe(200)
    expect(mealsOf(day)[0]?.eventId).toBe(edit.id)
  })

  it('does not count a removed meal, however often it was removed, and whatever it was called', () => {
    for (const mealId of ['toast', 'constructor', 'hasOwnProperty']) {
      const day = foldKey(dailyIntake, today, [logged({ mealId }), removed(mealId), removed(mealId)])
      expect(day).toEqual({ meals: {} })
    }
  })

  it('has a meal again that was logged after its removal', () => {
    expect(totalsOf(foldKey(dailyIntake, today, [logged(), removed('toast'), logged()])).calories).toBe(160)
  })

  it('moves a meal by a removal on one day and a log on the other', () => {
    const events = [logged(), removed('toast'), logged({ day: '2026-11-24' })]
    expect(totalsOf(foldKey(dailyIntake, today, events)).calories).toBe(0)
    expect(totalsOf(foldKey(dailyIntake, '2026-11-24', events)).calories).toBe(160)
  })

  it('does not change a state that it was given', () => {
    const before = foldKey(dailyIntake, today, [logged()])
    const copy = structuredClone(before)
    dailyIntake.evolveState(before, removed('toast'))
    dailyIntake.evolveState(before, logged({ calories: 1 }))
    expect(before).toEqual(copy)
  })
})

describe('whatever order devices said it in', () => {
  const mealIds = ['a', 'b', 'c', 'd', 'e']
  const someMeals = fc.uniqueArray(fc.constantFrom(...mealIds), { minLength: 1 })
  const hundredths = fc.nat(300_000).map((each) => each / 100)
  const amounts = fc.array(hundredths, { minLength: mealIds.length, maxLength: mealIds.length })
  const anyOrder = fc.shuffledSubarray(mealIds, { minLength: mealIds.length })

  it('the total is the same when all meals are logged before any is removed', () => {
    fc.assert(
      fc.property(amounts, anyOrder, fc.array(fc.constantFrom(...mealIds)), (calories, order, gone) => {
        const log = (mealId: string) => logged({ mealId, calories: calories[mealIds.indexOf(mealId)] ?? 0 })
        const straight = [...mealIds.map(log), ...gone.map((mealId) => removed(mealId))]
        const crooked = [...order.map(log), ...gone.toReversed().map((mealId) => removed(mealId))]
        expect(totalsOf(foldKey(dailyIntake, today, crooked))).toEqual(totalsOf(foldKey(dailyIntake, today, straight)))
      }),
    )
  })

  it('the second of two equal removals changes nothing', () => {
    fc.assert(
      fc.property(someMeals, fc.constantFrom(...mealIds), (present, gone) => {
        const events = [...present.map((mealId) => logged({ mealId })), removed(gone)]
        const once = foldKey(dailyIntake, today, events)
        expect(foldKey(dailyIntake, today, [...events, removed(gone)])).toEqual(once)
      }),
    )
  })

  it('the total is the sum of the meals that are there', () => {
    const step = fc.record({ mealId: fc.constantFrom(...mealIds), calories: fc.option(fc.nat(3000)) })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const there = new Map<string, number>()
        const events = steps.map(({ mealId, calories }) => {
          if (calories === null) {
            there.delete(mealId)
            return removed(mealId)
          }
          there.set(mealId, calories)
          return logged({ mealId, calories })
        })
        const sum = [...there.values()].reduce((total, each) => total + each, 0)
        expect(totalsOf(foldKey(dailyIntake, today, events)).calories).toBe(sum)
      }),
    )
  })
})
