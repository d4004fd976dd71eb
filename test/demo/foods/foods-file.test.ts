import { describe, expect, it } from 'vitest'
import { rowToFood } from '../../../demo/foods/food.ts'
import { STAPLES } from '../../../demo/foods/staples.ts'
import { rows } from './table.ts'

describe('the file of foods', () => {
  it('has all 7,192 foods, each with its own id', () => {
    expect(new Set(rows.map(([id]) => id)).size).toBe(7192)
  })

  it('has amounts that can be: no nutrient below nothing, and no measure without weight', () => {
    for (const row of rows) {
      const { calories, protein, carbs, fat, fibre, measures } = rowToFood(row)
      expect(Math.min(calories, protein, carbs, fat, fibre)).toBeGreaterThanOrEqual(0)
      expect(calories).toBeLessThanOrEqual(902)
      for (const { label, grams } of measures) {
        expect(label).not.toBe('')
        expect(grams).toBeGreaterThan(0)
      }
    }
  })

  it('has every staple', () => {
    const ids = new Set(rows.map(([id]) => id))
    expect([...STAPLES.keys()].filter((id) => !ids.has(id))).toEqual([])
  })
})
