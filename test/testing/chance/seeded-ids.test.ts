import { describe, expect, it } from 'vitest'
import { seededIds } from '../../../src/testing/chance/seeded-ids.ts'
import { seededRandom } from '../../../src/testing/chance/seeded-random.ts'
import { TEST_START } from '../../../src/testing/time/manual-clock.ts'

const many = (seed: number): string[] => {
  const ids = seededIds(seed)
  return Array.from({ length: 500 }, () => ids.next())
}

describe('seeded ids', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(many(1)).toEqual(many(1))
    expect(new Set([...many(1), ...many(2), ...many(3)]).size).toBe(1500)
  })

  it('grow, and are UUIDs of version 7 that carry the time', () => {
    const ids = many(7)
    expect(ids).toEqual(ids.toSorted())
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    )
    expect(Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16)).toBe(TEST_START)
  })
})

describe('seeded chance', () => {
  it('is the same for the same seed, within its bounds', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed)
      return Array.from({ length: 200 }, () => [random.next(), random.between(3, 5), random.pick(['a', 'b'])] as const)
    }
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    for (const [next, whole, text] of draw(9)) {
      expect(next >= 0 && next < 1 && whole >= 3 && whole <= 5 && 'ab'.includes(text)).toBe(true)
    }
  })
})
