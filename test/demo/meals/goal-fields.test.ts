import { expect, test } from 'vitest'
import { caloriesOf, macrosFor, splits } from '../../../demo/meals/goal-fields.ts'

test.each(splits)('$title fills in macros that come to the calories', (split) => {
  const { protein, carbs, fat } = macrosFor(2000, split)
  const sum = caloriesOf({ protein: Number(protein), carbs: Number(carbs), fat: Number(fat) })
  expect(Math.abs((sum ?? 0) - 2000)).toBeLessThanOrEqual(10)
  const { shares } = split
  expect(shares.protein + shares.carbs + shares.fat).toBeCloseTo(1)
})

test('macros that are not all there come to nothing', () => {
  expect(caloriesOf({ protein: 100, fat: 50 })).toBeUndefined()
})
