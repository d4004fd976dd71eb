import { describe, expect, it } from 'vitest'
import { type FoodRow, rowToFood } from '../../../demo/foods/food.ts'
import { usualFirst } from '../../../demo/foods/measures.ts'
import { rows } from './table.ts'

const usual = (id: string) => {
  const row = rows.find((each) => each[0] === id)
  return row === undefined ? undefined : rowToFood(row).measures[0]?.label
}

describe('the measure that comes first', () => {
  it.each([
    ['an egg', '01123', 'extra large'],
    ['a slice of bread, not an ounce', '18075', 'slice'],
    ['a spoon of butter, not a cup', '01001', 'tbsp'],
    ['a spoon of oil', '04053', 'tablespoon'],
    ['a clove of garlic', '11215', 'clove'],
    ['a cup of milk', '01077', 'cup'],
    ['a chicken breast', '05064', 'breast, bone and skin removed'],
    ['a slice of pizza, not a pizza', '21299', 'slice'],
    ['a can of cola, not an ounce', '14400', 'can 12 fl oz'],
    ['a glass of wine', '14096', 'serving 5 fl oz'],
    ['a medium potato', '11352', 'Potato medium (2-1/4" to 3-1/4" dia)'],
    ['a cup of watermelon, not a melon', '09326', 'cup, balls'],
  ])('is %s', (_what, id, label) => {
    expect(usual(id)).toBe(label)
  })

  it('keeps all measures, and their order where none is more usual', () => {
    for (const row of rows) expect(rowToFood(row).measures).toHaveLength(row[7].length)
    const cups = [
      { label: 'cup, diced', grams: 130 },
      { label: 'cup, sliced', grams: 110 },
    ]
    expect(usualFirst(cups, 50)).toEqual(cups)
  })

  it('is tidy', () => {
    const row: FoodRow = ['1', 'Ham', 100, 0, 0, 0, 0, [['serving  ( 3 oz )', 85]]]
    expect(rowToFood(row).measures[0]?.label).toBe('serving (3 oz)')
  })
})
