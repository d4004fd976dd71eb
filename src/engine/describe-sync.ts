import type { LogCache } from '../store/log-cache.ts'
import type { SyncState } from '../sync/sync-state.ts'
import type { SyncStatus } from '../sync/sync-status.ts'

export interface SyncFacts {
  readonly isLocal: boolean
  /** A store that has synced before, opened without sync. */
  readonly isPaused: boolean
  readonly isLeader: boolean
  readonly state: SyncState | undefined
  readonly known: Readonly<Pick<LogCache, 'pending' | 'deadLetters' | 'meta'>>
}

export function describeSync({ isLocal, isPaused, isLeader, state, known }: SyncFacts): SyncStatus {
  const { records } = known.pending
  const oldest = records.reduce<number | undefined>(
    (least, { madeAt }) => (least === undefined || madeAt < least ? madeAt : least),
    undefined,
  )
  const waits = state !== undefined && state.paused === undefined && state.problem !== undefined
  return {
    state: isLocal ? 'local' : isPaused ? 'paused' : phaseOf(state, records.length),
    pending: records.length,
    oldestPending: iso(oldest),
    lastSuccess: iso(state?.lastSuccessAt ?? known.meta.lastSuccessAt),
    nextAttempt: waits ? iso(state.notBefore) : undefined,
    needsAttention: [...known.deadLetters.values()].filter(({ nextAttemptAt }) => nextAttemptAt === undefined).length,
    problem: state?.problem && { code: state.problem.code, message: state.problem.message },
    leader: isLeader,
  }
}

function phaseOf(state: SyncState | undefined, pending: number): SyncStatus['state'] {
  if (state === undefined) return pending > 0 ? 'syncing' : 'idle'
  if (state.paused === 'told') return 'paused'
  if (state.paused !== undefined) return state.paused
  if (state.problem !== undefined) return state.problem.kind === 'offline' ? 'offline' : 'backoff'
  return state.inFlight || pending > 0 ? 'syncing' : 'idle'
}

function iso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString()
}
