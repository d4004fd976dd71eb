import fc from 'fast-check'
import { expect, it } from 'vitest'
import { closeMatches, editDistance } from '../../src/event/close-matches.ts'

const types = ['MealLogged', 'MealRemoved', 'UserRegistered', 'A']

it.each([
  ['MealLoged', ['MealLogged']],
  ['meallogged', ['MealLogged']],
  ['MealLgoged', ['MealLogged']],
  ['MealMoved', ['MealRemoved', 'MealLogged']],
  ['UserRegisterd', ['UserRegistered']],
  ['Unrelated', []],
  ['', []],
  ['B', ['A']],
])('a name that may be meant is one that is nearly the same: %s', (name, close) => {
  expect(closeMatches(name, types)).toEqual(close)
})

it('the distance is nothing to itself, the same both ways, and one for each thing that was done', () => {
  const word = fc.stringMatching(/^[ab]{0,8}$/)
  fc.assert(
    fc.property(word, word, fc.nat(8), (a, b, place) => {
      expect(editDistance(a, a)).toBe(0)
      expect(editDistance(a, b)).toBe(editDistance(b, a))
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      expect(editDistance(a, `${a.slice(0, place)}c${a.slice(place)}`)).toBe(1)
    }),
  )
  expect(editDistance('abc', 'acb')).toBe(1)
  expect(editDistance('kitten', 'sitting')).toBe(3)
})
