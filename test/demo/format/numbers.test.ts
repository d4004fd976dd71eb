import { describe, expect, test } from 'vitest'
import { amountText, grams, kcal, parseAmount } from '../../../demo/format/numbers.ts'

describe('numbers on the screen', () => {
  test('calories are whole and grouped', () => {
    expect(kcal(1240.4)).toBe('1,240 kcal')
    expect(kcal(0)).toBe('0 kcal')
    expect(kcal(-0.2)).toBe('0 kcal')
  })

  test('grams show a tenth below ten', () => {
    expect(grams(3.14)).toBe('3.1 g')
    expect(grams(62.4)).toBe('62 g')
  })

  test('an amount shows what was typed', () => {
    expect(amountText(0.25)).toBe('0.25')
    expect(amountText(2)).toBe('2')
  })
})

describe('a typed amount', () => {
  test.each([
    ['2', 2],
    [' 1.5 ', 1.5],
    ['1,5', 1.5],
    ['.5', 0.5],
    ['3.', 3],
  ])('%s is %d', (text, number) => {
    expect(parseAmount(text)).toBe(number)
  })

  test.each(['', '.', 'two', '-1', '1.2.3', '1e3', 'NaN', 'Infinity'])('%s is none', (text) => {
    expect(parseAmount(text)).toBeUndefined()
  })
})
