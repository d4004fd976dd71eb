import { describe, expect, it } from 'vitest'
import { thorough } from '../support/thorough.ts'
import { runSeed } from './run-seed.ts'
import { runSweepStory } from './sweep.ts'
import { Totals } from './totals.ts'

/** What a seed comes to, which several tests look at. */
const outcomes = new Map<number, ReturnType<typeof runSeed>>()
function outcomeOf(seed: number): ReturnType<typeof runSeed> {
  const outcome = outcomes.get(seed) ?? runSeed(seed)
  outcomes.set(seed, outcome)
  return outcome
}

describe('seeds', () => {
  it.each(Array.from({ length: 8 }, (_, index) => index + 1))('seed %i keeps every promise', async (seed) => {
    const { violations, converged, appends } = await outcomeOf(seed)
    expect(violations).toEqual([])
    expect(converged).toBe(true)
    expect(Math.min(...appends)).toBeGreaterThanOrEqual(2)
  })

  it('have devices that are updated in the middle, with what lies in their outboxes', async () => {
    const seeds = await Promise.all([1, 2, 3, 4].map(outcomeOf))
    const updates = seeds.reduce((sum, { faults }) => sum + (faults['client-updated'] ?? 0), 0)
    expect(updates).toBeGreaterThan(1)
  })

  it('run the same way twice', async () => {
    const [one, same, other] = [await outcomeOf(3), await runSeed(3), await outcomeOf(4)]
    expect(same).toEqual(one)
    expect(other.traceHash).not.toBe(one.traceHash)
  })
})

describe('a fault at a storage step', () => {
  // All of them with `npm run sim -- --sweep`.
  const STRIDE = thorough(7, 84)

  it.each(['crash', 'reject'] as const)(
    '%s: loses, tears and duplicates nothing, whichever step it is',
    async (fault) => {
      const { steps, violations } = await runSweepStory()
      expect(violations).toEqual([])
      expect(steps).toBeGreaterThan(300)
      for (let at = 1; at <= steps; at += STRIDE) {
        const result = await runSweepStory({ at, fault })
        expect(result.violations, `${fault} at step ${at}`).toEqual([])
      }
    },
    300_000,
  )
})

describe('what was measured', () => {
  const result = {
    seed: 1,
    violations: [],
    lost: 0,
    duplicated: 0,
    undrained: 0,
    converged: true,
    appends: [3, 4, 5],
    faults: { 'request-lost': 3, amend: 1 },
    traceHash: '0123456789abcdef',
    steps: 300,
    virtualMs: 1,
    trace: '',
  }

  it('adds up', () => {
    const totals = new Totals()
    totals.add(result)
    totals.add({
      ...result,
      violations: [{ invariant: 'nothing-lost', detail: '', at: 1 }],
      converged: false,
      lost: 2,
      undrained: 3,
      appends: [2, 3, 9],
    })
    expect(totals.verdict()).toBe('seeds=2 converged=1 lost=2 duplicated=0 undrained=3')
    expect(totals.measured()).toMatch(
      /^appends=26 least-appends-a-device=2 median-steps=300 request-lost=6 .* amend=2$/,
    )
    expect(totals.failed).toBe(1)
  })

  it('says what was too little of 200 seeds', () => {
    const totals = new Totals()
    for (let seed = 1; seed <= 199; seed++) totals.add(result)
    expect(totals.shortOf()).toEqual([])
    totals.add({ ...result, appends: [1] })
    expect(totals.shortOf()).toContain('response-lost: 0, at least 40 are needed')
    expect(totals.shortOf()).toContain('appends of a device: 1, at least 2 are needed')
    expect(totals.shortOf()).toContain('leaderDeaths: 0, at least 1 are needed')
    expect(totals.shortOf().some((line) => line.startsWith('request-lost'))).toBe(false)
  })

  it('says of any number of seeds that their stories were too short', () => {
    const totals = new Totals()
    for (const steps of [299, 1000, 299]) totals.add({ ...result, steps })
    expect(totals.shortOf()).toEqual(['median of steps: 299, at least 300 are needed'])
  })
})
