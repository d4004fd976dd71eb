import { describe, expect, it } from 'vitest'
import { describeSync, type SyncFacts } from '../../src/engine/describe-sync.ts'
import { advanceSync, initialSyncState, type SyncInput, type SyncState } from '../../src/sync/sync-state.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { NOON } from '../support/virtual-clock.ts'

const stateAfter = (...inputs: SyncInput[]): SyncState =>
  inputs.reduce(advanceSync, initialSyncState({ attempt: 0, failedAt: 0, nextAttemptAt: 0, lastSuccessAt: undefined }))
const problem = { code: 'status-503', message: 'Not now' }
const failed = (kind: 'offline' | 'later'): SyncInput => ({
  ...{ type: 'failed', kind, problem, now: NOON, random: 0.5, retryAfterMs: 0 },
})
const paused = (reason: 'told' | 'auth-required' | 'forbidden' | 'update-required'): SyncInput => ({
  ...{ type: 'pause', reason, problem: reason === 'told' ? undefined : problem },
})
const done: SyncInput = { type: 'succeeded', now: NOON, more: false }

async function status(state: SyncState | undefined, change: Partial<SyncFacts> = {}, waiting = 0) {
  const { known, append } = await openStore({ authority: 'server' }).then((store) => ({
    known: store.known,
    append: () => store.append(prepared(noted('x'))),
  }))
  for (let n = 0; n < waiting; n++) await append()
  return describeSync({ isLocal: false, isPaused: false, isLeader: true, state, known, ...change })
}

describe('how sync stands', () => {
  it.each<[string, SyncState | undefined, number]>([
    ['idle', stateAfter({ type: 'started' }, done), 0],
    ['syncing', stateAfter({ type: 'started' }), 0],
    ['syncing', stateAfter({ type: 'started' }, done), 1],
    ['offline', stateAfter({ type: 'started' }, failed('offline')), 1],
    ['backoff', stateAfter({ type: 'started' }, failed('later')), 1],
    ['paused', stateAfter(paused('told')), 1],
    ['auth-required', stateAfter(paused('auth-required')), 1],
    ['forbidden', stateAfter(paused('forbidden')), 1],
    ['update-required', stateAfter(paused('update-required')), 1],
  ])('is %s', async (phase, state, waiting) => {
    expect(await status(state, {}, waiting)).toMatchObject({ state: phase, pending: waiting })
  })

  it('is local in a store without a server, and paused in one that is opened without', async () => {
    expect((await status(undefined, { isLocal: true })).state).toBe('local')
    expect((await status(undefined, { isPaused: true })).state).toBe('paused')
  })

  it('says since when the oldest waits, when it went well last, what is wrong, and when it is tried again', async () => {
    const state = stateAfter({ type: 'started' }, done, { type: 'trigger' }, { type: 'started' }, failed('later'))
    expect(await status(state, {}, 2)).toMatchObject({
      oldestPending: '2026-11-23T12:00:00.000Z',
      lastSuccess: '2026-11-23T12:00:00.000Z',
      nextAttempt: '2026-11-23T12:00:01.000Z',
      problem,
      leader: true,
    })
    expect(await status(stateAfter(paused('forbidden')))).toMatchObject({ nextAttempt: undefined, problem })
  })
})
