import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOneEditApart, isOneEditFromStart } from '../../../demo/foods/edit-distance.ts'
import { stemOf, wordsOf } from '../../../demo/foods/words.ts'

describe('the words of a text', () => {
  it.each([
    ['Milk, whole, 3.25% milkfat', ['milk', 'whole', '3.25', 'milkfat']],
    ["McDONALD'S", ['mcdonalds']],
    ['Crème brûlée', ['creme', 'brulee']],
    ['V8 ready-to-eat', ['v', '8', 'ready', 'to', 'eat']],
    [' \t!?', []],
  ])('%s', (text, words) => {
    expect(wordsOf(text)).toEqual(words)
  })

  it.each([
    ['egg', 'eggs'],
    ['berry', 'berries'],
    ['cookie', 'cookies'],
    ['tomato', 'tomatoes'],
    ['peach', 'peaches'],
    ['radish', 'radishes'],
    ['leaf', 'leaves'],
    ['olive', 'olives'],
    ['candy', 'candies'],
  ])('%s and %s have one stem', (one, many) => {
    expect(stemOf(many)).toBe(stemOf(one))
  })

  it.each([
    ['hummus', 'humm'],
    ['bass', 'bas'],
    ['oat', 'eat'],
  ])('%s and %s have not', (one, other) => {
    expect(stemOf(other)).not.toBe(stemOf(one))
  })
})

/** The textbook's, letter by letter. */
function distance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j))
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      const row = table[i]
      if (row !== undefined) row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped)
    }
  }
  return at(a.length, b.length)
}

describe('a slip of one letter', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 })

  it('is what the textbook counts as at most one', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(isOneEditApart(a, b)).toBe(distance(a, b) <= 1)
      }),
    )
  })

  it('from the beginning of a word is a slip from some beginning of it', () => {
    fc.assert(
      fc.property(word, word, (typed, text) => {
        const beginnings = Array.from({ length: text.length + 1 }, (_, length) => text.slice(0, length))
        expect(isOneEditFromStart(typed, text)).toBe(beginnings.some((each) => distance(typed, each) <= 1))
      }),
    )
  })
})
