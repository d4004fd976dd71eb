import { expect, it } from 'vitest'
import { isTabMessage, type TabMessage } from '../../src/engine/tab-message.ts'
import { advanceSync, initialSyncState } from '../../src/sync/sync-state.ts'

const fresh = initialSyncState({ attempt: 0, failedAt: 0, nextAttemptAt: 0, lastSuccessAt: undefined })
const failed = advanceSync(fresh, {
  ...{ type: 'failed', kind: 'later', problem: { code: 'x', message: 'A sentence' }, now: 1, random: 0.5 },
  retryAfterMs: 5,
})
const paused = advanceSync(failed, { type: 'pause', reason: 'auth-required', problem: undefined })
const change = { commit: 'c', to: 'confirmed', position: 1 } as const

const ours: TabMessage[] = [
  { kind: 'moved' },
  { kind: 'changes', changes: [] },
  { kind: 'changes', changes: [change, { commit: 'd', to: 'rejected', position: undefined }] },
  ...[fresh, failed, paused].map((state) => ({ kind: 'sync-state' as const, state })),
  { kind: 'sync-state?' },
  { kind: 'sync-there?' },
  { kind: 'sync-hurry' },
  { kind: 'sync-now', id: 'n' },
  { kind: 'sync-done', id: 'n' },
  { kind: 'sync-pause' },
  { kind: 'sync-resume' },
]

it.each(ours.map((message) => [JSON.stringify(message), message]))('%s is listened to', (_, message) => {
  expect(isTabMessage(structuredClone(message))).toBe(true)
})

const strange: unknown[] = [
  ...[undefined, null, 5, 'moved', {}, { kind: 'x' }, { kind: 'toString' }],
  ...[{ kind: 'changes' }, { kind: 'changes', changes: 5 }, { kind: 'changes', changes: [null] }],
  { kind: 'changes', changes: [change, { ...change, to: 'gone' }] },
  { kind: 'changes', changes: [{ ...change, commit: 5 }] },
  { kind: 'changes', changes: [{ ...change, position: '1' }] },
  ...[{ kind: 'sync-state' }, { kind: 'sync-state', state: null }, { kind: 'sync-state', state: {} }],
  { kind: 'sync-state', state: { ...fresh, paused: 'for lunch' } },
  { kind: 'sync-state', state: { ...fresh, inFlight: 1 } },
  // These are shown as dates, which would throw.
  { kind: 'sync-state', state: { ...fresh, notBefore: Number.NaN } },
  { kind: 'sync-state', state: { ...fresh, lastSuccessAt: 1e300 } },
  { kind: 'sync-state', state: { ...failed, problem: { code: 'x' } } },
  ...[{ kind: 'sync-now' }, { kind: 'sync-now', id: 5 }, { kind: 'sync-done', id: null }],
]

it.each(strange.map((message) => [JSON.stringify(message) ?? 'nothing', message]))('%s is not', (_, message) => {
  expect(isTabMessage(message)).toBe(false)
})
