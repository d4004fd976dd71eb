import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BatchSize, FULL_BATCH, onAccepted, onRefused, onTooLarge } from '../../src/sync/batch-size.ts'

/** Sends commits 0…n−1 to a server that refuses every request with one of `poison` in it; answers who was blamed, and the requests. */
function drain(count: number, poison: ReadonlySet<number>, kind: 'refused' | 'too-large') {
  const waiting = Array.from({ length: count }, (_, n) => n)
  const accepted: number[] = []
  const blamed: number[] = []
  let size: BatchSize = FULL_BATCH
  let requests = 0
  while (waiting.length > 0) {
    if (++requests > 10_000) throw new Error('it never ends')
    const batch = waiting.slice(0, size.commits)
    if (!batch.some((commit) => poison.has(commit))) {
      accepted.push(...waiting.splice(0, batch.length))
      size = onAccepted(size)
      continue
    }
    const carried = { commits: batch.length, withdrawals: 0 }
    const verdict = kind === 'too-large' ? onTooLarge(size, carried) : onRefused(size, carried)
    if (verdict.blame === 'protocol') throw new Error('the server is blamed')
    if (verdict.blame === 'nobody-yet') size = verdict.next
    else {
      blamed.push(...waiting.splice(0, 1))
      size = FULL_BATCH
    }
  }
  return { accepted, blamed, requests }
}

it('G5: of a refused batch exactly the commits at fault are blamed, and all others get through in order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.array(fc.nat(599), { maxLength: 5 }),
      fc.constantFrom<'refused' | 'too-large'>('refused', 'too-large'),
      (count, picks, kind) => {
        const poison = new Set(picks.filter((pick) => pick < count))
        const { accepted, blamed, requests } = drain(count, poison, kind)
        expect(blamed).toEqual([...poison].sort((a, b) => a - b))
        expect(accepted).toEqual(Array.from({ length: count }, (_, n) => n).filter((n) => !poison.has(n)))
        // Halving down and doubling up again, with a probe now and then.
        expect(requests).toBeLessThanOrEqual(2 + Math.ceil(count / 500) + poison.size * 25)
      },
    ),
    { numRuns: 200 },
  )
})

it('a request that is refused without any commit in it is nobody’s fault', () => {
  expect(onRefused(FULL_BATCH, { commits: 0, withdrawals: 0 })).toEqual({ blame: 'protocol' })
  expect(onTooLarge(FULL_BATCH, { commits: 0, withdrawals: 0 })).toEqual({ blame: 'protocol' })
})

it('no commit is blamed before the server has taken a request without any', () => {
  const verdict = onRefused(FULL_BATCH, { commits: 1, withdrawals: 0 })
  expect(verdict).toMatchObject({ blame: 'nobody-yet', next: { commits: 0 } })
})

it('what a commit is sent along with is left behind before the commit is blamed', () => {
  expect(onTooLarge(FULL_BATCH, { commits: 1, withdrawals: 1 })).toMatchObject({ next: { commits: 1 } })
  expect(onRefused(FULL_BATCH, { commits: 0, withdrawals: 1 })).toMatchObject({ next: { commits: 0 } })
})
