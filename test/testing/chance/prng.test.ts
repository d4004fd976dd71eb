import { expect, it } from 'vitest'
import { Prng } from '../../../src/testing/chance/prng.ts'

const draw = (prng: Prng, count: number) => Array.from({ length: count }, () => prng.uint32())

it('draws the same from the same seed, and something else from the next', () => {
  expect(draw(new Prng(7), 20)).toEqual(draw(new Prng(7), 20))
  expect(draw(new Prng(7), 20)).not.toEqual(draw(new Prng(8), 20))
})

it('forks sources that do not depend on what was drawn before, nor on each other', () => {
  const used = new Prng(7)
  draw(used, 100)
  expect(draw(used.fork('a'), 5)).toEqual(draw(new Prng(7).fork('a'), 5))
  expect(draw(used.fork('a'), 5)).not.toEqual(draw(used.fork('b'), 5))
})

it('draws every byte value about as often as the others', () => {
  const prng = new Prng(1)
  const counts = new Array<number>(256).fill(0)
  const samples = 256 * 400
  for (let sample = 0; sample < samples; sample++) {
    const byte = Math.floor(prng.next() * 256)
    counts[byte] = (counts[byte] ?? 0) + 1
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0)
  // 255 degrees of freedom: between these in 99.9 % of all cases.
  expect(chiSquare).toBeGreaterThan(190)
  expect(chiSquare).toBeLessThan(331)
})

it('draws whole numbers from both ends of a range', () => {
  const prng = new Prng(3)
  const drawn = new Set(Array.from({ length: 200 }, () => prng.between(2, 5)))
  expect([...drawn].sort()).toEqual([2, 3, 4, 5])
})
