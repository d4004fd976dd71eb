import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BACKOFF, backoffMs, parseRetryAfter } from '../../src/sync/backoff.ts'
import { seededRandom } from '../support/virtual-platform.ts'

const HOUR = 3_600_000
const now = Date.parse('2026-11-23T12:00:00.000Z')

describe('backoff', () => {
  it.each([
    [1, 2000],
    [3, 8000],
    [8, 256_000],
    [9, BACKOFF.capMs],
    [10_000, BACKOFF.capMs],
  ])('C55: after %i failures is uniform from 0 to %i ms', (attempt, ceiling) => {
    const random = seededRandom(attempt)
    const samples = Array.from({ length: 100_000 }, () => backoffMs(attempt, random.next()) / ceiling).sort()
    // Kolmogorov and Smirnov: the largest distance to the uniform distribution, at a level of 0.1 %.
    const distance = Math.max(...samples.map((sample, index) => Math.abs(sample - index / samples.length)))
    expect(distance * Math.sqrt(samples.length)).toBeLessThan(1.95)
    expect(samples[0]).toBeGreaterThanOrEqual(0)
    expect(samples.at(-1)).toBeLessThan(1)
  })

  it('waits at least as long as the server asked for, an hour at most, whatever is drawn', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.nat(1e9),
        (n, random, asked) => {
          const wait = backoffMs(n, random, asked)
          expect(wait).toBeGreaterThanOrEqual(Math.min(asked, HOUR))
          expect(wait).toBeLessThanOrEqual(Math.max(HOUR, BACKOFF.capMs))
          expect(wait).toBeGreaterThanOrEqual(backoffMs(n, random))
        },
      ),
    )
  })
})

describe('C49: Retry-After', () => {
  it.each([
    [undefined, 0],
    ['5', 5000],
    [' 5 ', 5000],
    ['0', 0],
    ['-1', 0],
    ['1.5', 0],
    ['', 0],
    ['abc', 0],
    ['1e9', 0],
    ['1000000000', HOUR],
    ['9'.repeat(400), HOUR],
    ['Infinity', 0],
    ['NaN', 0],
    ['٥', 0],
    ['Mon, 23 Nov 2026 12:00:10 GMT', 10_000],
    ['Monday, 23-Nov-26 12:00:10 GMT', 10_000],
    ['Mon, 23 Nov 2026 11:59:00 GMT', 0],
    ['Mon, 23 Nov 2099 12:00:00 GMT', HOUR],
    ['soon 2999', 0],
    ['5 seconds', 0],
    ['5, 10', 0],
  ])('%j means a wait of %i ms', (header, wait) => {
    expect(parseRetryAfter(header, now)).toBe(wait)
  })

  it.each([
    ['a year ahead', 365 * 24 * HOUR, 0],
    ['ten minutes ahead', 600_000, 0],
    ['ten minutes behind', -600_000, 610_000],
    ['a year behind', -365 * 24 * HOUR, HOUR],
  ])('is a date that a clock which is %s reads within the same bounds', (_, skewMs, wait) => {
    expect(parseRetryAfter('Mon, 23 Nov 2026 12:00:10 GMT', now + skewMs)).toBe(wait)
  })

  it('never makes a wait that is negative, not a number, or longer than an hour', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 4e12 }), (header, clock) => {
        const wait = parseRetryAfter(header, clock)
        expect(wait >= 0 && wait <= HOUR).toBe(true)
      }),
    )
  })
})
