import { expect, it } from 'vitest'
import type { DeadLetter } from '../../src/dead-letter/dead-letter.ts'
import { deadLetterStats } from '../../src/dead-letter/dead-letter-stats.ts'
import { NOON } from '../support/virtual-clock.ts'

const letter = (code: string, since: string, nextAttempt?: string): DeadLetter => ({
  id: since,
  kind: 'commit',
  code,
  message: '',
  attempts: 1,
  since,
  nextAttempt,
  retryable: nextAttempt !== undefined,
  replaces: [],
  events: [],
})

it('statistics count by reason and kind, name the oldest, and count those that are due', () => {
  const letters = [
    letter('late', '2026-11-22T00:00:00.000Z', '2026-11-23T12:00:00.000Z'),
    letter('early', '2026-11-21T00:00:00.000Z', '2026-11-23T12:00:00.001Z'),
    letter('late', '2026-11-23T00:00:00.000Z'),
  ]
  expect(deadLetterStats(letters, NOON)).toEqual({
    total: 3,
    byReason: { late: 2, early: 1 },
    byKind: { commit: 3, handler: 0 },
    oldest: '2026-11-21T00:00:00.000Z',
    retryReady: 1,
  })
})

it('statistics of nothing are zero', () => {
  expect(deadLetterStats([], NOON)).toEqual({
    total: 0,
    byReason: {},
    byKind: { commit: 0, handler: 0 },
    oldest: undefined,
    retryReady: 0,
  })
})

it('statistics count reasons of any name', () => {
  const at = '2026-11-22T00:00:00.000Z'
  const { byReason } = deadLetterStats(
    [letter('constructor', at), letter('__proto__', at), letter('toString', at)],
    NOON,
  )
  expect(Object.entries(byReason).sort()).toEqual([
    ['__proto__', 1],
    ['constructor', 1],
    ['toString', 1],
  ])
})
