import { describe, expect, it } from 'vitest'
import { RECENT_FOODS_LENGTH, recentFoods } from '../../src/nutrition/index.ts'
import { fold, logged } from './happened.ts'

const names = (events: Parameters<typeof fold>[1]) => fold(recentFoods, events).foods.map((food) => food.name)

describe('recent foods', () => {
  it('have the last logged food first, and each food once', () => {
    const events = [
      logged({ mealId: '1', foodId: '01123', name: 'Egg' }),
      logged({ mealId: '2', foodId: '18069', name: 'White bread' }),
      logged({ mealId: '3', foodId: '01123', name: 'Egg' }),
    ]
    expect(names(events)).toEqual(['Egg', 'White bread'])
    expect(fold(recentFoods, events).foods.map((food) => food.count)).toEqual([2, 1])
  })

  it('remember the last portion, so that it can be logged again in one tap', () => {
    const portion = { amount: 2, unit: 'large', grams: 100 }
    const events = [
      logged({ mealId: '1', foodId: '01123' }),
      logged({ mealId: '2', foodId: '01123', portion, calories: 143 }),
    ]
    expect(fold(recentFoods, events).foods[0]).toMatchObject({ foodId: '01123', portion, calories: 143, mealId: '2' })
  })

  it('tell what a person wrote by its name, whatever its case, and never take it for a food of the table', () => {
    const events = [
      logged({ mealId: '1', name: 'Soup' }),
      logged({ mealId: '2', name: 'soup' }),
      logged({ mealId: '3', name: 'Soup', foodId: '06419' }),
    ]
    expect(fold(recentFoods, events).foods.map((food) => food.key)).toEqual(['food:06419', 'name:soup'])
  })

  it('count an edited meal once', () => {
    const events = [logged({ mealId: '1' }), logged({ mealId: '1', calories: 10 })]
    expect(fold(recentFoods, events).foods).toMatchObject([{ count: 1, calories: 10 }])
  })

  it('put meals that come late from another device where their time says', () => {
    const events = [
      logged({ mealId: '1', name: 'Toast' }, '2026-11-23T08:00:00.000Z'),
      logged({ mealId: '2', name: 'Soup' }, '2026-11-23T12:00:00.000Z'),
      logged({ mealId: '3', name: 'Cake' }, '2026-11-23T10:00:00.000Z'),
      logged({ mealId: '4', name: 'Soup', calories: 1 }, '2026-11-23T09:00:00.000Z'),
    ]
    expect(names(events)).toEqual(['Soup', 'Cake', 'Toast'])
    expect(fold(recentFoods, events).foods[0]).toMatchObject({ count: 2, calories: 160, mealId: '2' })
  })

  it('keep a bounded number of foods', () => {
    const events = Array.from({ length: RECENT_FOODS_LENGTH + 3 }, (_, at) =>
      logged({ mealId: `${at}`, name: `Food ${at}` }),
    )
    const foods = names(events)
    expect(foods).toHaveLength(RECENT_FOODS_LENGTH)
    expect(foods[0]).toBe(`Food ${RECENT_FOODS_LENGTH + 2}`)
  })
})
