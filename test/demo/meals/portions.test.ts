import { describe, expect, test } from 'vitest'
import { rowToFood } from '../../../demo/foods/food.ts'
import {
  amountOf,
  changeUnit,
  nutrientsOf,
  scalableFood,
  scalableMeal,
  usualAmount,
} from '../../../demo/meals/portions.ts'

const cheese = rowToFood(['01009', 'Cheese, cheddar', 403, 24.9, 1.28, 33.14, 0, [['cup, diced', 132]]])
const salt = rowToFood(['02047', 'Salt', 0, 0, 0, 0, 0, []])

describe('a food', () => {
  test('comes in its measures, and always in grams and ounces', () => {
    expect(scalableFood(cheese, 'Cheddar cheese').units.map(({ label }) => label)).toEqual(['cup, diced', 'g', 'oz'])
    expect(scalableFood(salt, 'Salt').units.map(({ label }) => label)).toEqual(['g', 'oz'])
  })

  test('starts with one of its usual measure, or 100 g', () => {
    expect(usualAmount(scalableFood(cheese, ''))).toEqual({ amount: 1, unit: { label: 'cup, diced', grams: 132 } })
    expect(usualAmount(scalableFood(salt, ''))).toEqual({ amount: 100, unit: { label: 'g', grams: 1 } })
  })

  test('has its nutrients by weight', () => {
    expect(nutrientsOf(scalableFood(cheese, ''), 132)).toEqual({
      calories: 532,
      protein: 32.87,
      carbs: 1.69,
      fat: 43.74,
      fibre: 0,
    })
    expect(nutrientsOf(scalableFood(cheese, ''), 0).calories).toBe(0)
  })
})

describe('another unit', () => {
  const { units } = scalableFood(cheese, '')
  const [cup, gram, ounce] = units
  if (cup === undefined || gram === undefined || ounce === undefined) throw new Error('The food lacks units')

  test('of weight keeps what was on the plate', () => {
    expect(changeUnit({ amount: 2, unit: cup }, gram)).toEqual({ amount: 264, unit: gram })
    expect(changeUnit({ amount: 100, unit: gram }, ounce)).toEqual({ amount: 3.5, unit: ounce })
  })

  test('of the household starts at one', () => {
    expect(changeUnit({ amount: 250, unit: gram }, cup)).toEqual({ amount: 1, unit: cup })
  })
})

describe('a meal that was logged', () => {
  const meal = {
    name: 'Cheddar cheese',
    foodId: '01009',
    calories: 266,
    protein: 16.43,
    carbs: 0.84,
    fat: 21.87,
    fibre: 0,
    portion: { amount: 0.5, unit: 'cup, diced', grams: 66 },
  }

  test('is had again in its own unit', () => {
    const again = scalableMeal(meal, cheese)
    if (again === undefined) throw new Error('It has a weight')
    expect(amountOf(meal.portion, again)).toEqual({ amount: 0.5, unit: { label: 'cup, diced', grams: 132 } })
    expect(nutrientsOf(again, 132).calories).toBe(532)
  })

  test('scales by its own numbers when its food is gone from the table, and keeps its unit', () => {
    const again = scalableMeal(meal, undefined)
    if (again === undefined) throw new Error('It has a weight')
    expect(again.units[0]).toEqual({ label: 'cup, diced', grams: 132 })
    expect(nutrientsOf(again, 66).calories).toBe(266)
    expect(nutrientsOf(again, 660).calories).toBe(2660)
  })

  test('without a weight has no amount to change', () => {
    expect(scalableMeal({ ...meal, portion: undefined }, cheese)).toBeUndefined()
  })
})
