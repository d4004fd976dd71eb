import type { SyncStatus } from '@larder/sdk'
import { expect, test } from 'vitest'
import { syncWords } from '../../../demo/parts/sync-state.ts'

const backoff = (code: string): SyncStatus => ({
  state: 'backoff',
  pending: 2,
  oldestPending: undefined,
  lastSuccess: undefined,
  nextAttempt: undefined,
  needsAttention: 0,
  problem: { code, message: 'A sentence' },
  leader: true,
})

test('only a server that says so is called busy; every other trouble has its own words, and says that all is kept', () => {
  const codes = ['status-503', 'log-diverged', 'device-forked', 'server-protocol', 'storage-full', 'internal']
  const said = codes.map((code) => syncWords(backoff(code)))
  expect(said.filter(({ short }) => short.includes('busy'))).toHaveLength(1)
  expect(new Set(said.map(({ sentence }) => sentence)).size).toBe(codes.length)
  for (const { sentence, short } of said) {
    expect(sentence).toMatch(/^2 changes are kept safe on this device\./)
    expect(short).toMatch(/ · 2 waiting$/)
  }
})

test('who is offline and cannot be signed in therefore is not told that the server is busy', () => {
  const words = syncWords({ ...backoff('token-unavailable'), state: 'offline' })
  expect(words.title).toBe('You cannot be signed in now')
})
