import type { LogCache } from '../store/log-cache.ts'
import type { SyncStatus } from '../sync/sync-status.ts'

/** Commits wait, and for two minutes nothing has got on. */
export interface Stall {
  /** ISO 8601: the last success, or when the oldest of them was made, whichever is later. */
  readonly since: string
  /**
   * `paused`, `auth-required`, `forbidden`, `update-required`; the code of the last problem, as in `sync.status$`; `server-too-old` or `held` where all that wait
   * do so by the server's word; `no-answer` where nothing is known of it.
   */
  readonly reason: string
  /** For people. */
  readonly message: string
}

const SENTENCES = {
  paused: 'Sync is paused, or the store was opened without it: call sync.resume(), or open it with sync',
  'auth-required': 'Somebody has to sign in; then call sync.resume()',
  forbidden: 'The server does not allow this account to sync',
  'update-required': 'This version of the app is too old for the server: update it',
  'server-too-old': 'The server does not know these events yet: they are sent again when it is updated',
  held: 'They were made to stand on a commit that was refused: see to the dead letters',
  'no-answer': 'The server has not answered, or the tab that talks to it is not running',
} as const

export function describeStall(status: SyncStatus, known: Pick<LogCache, 'pending'>): Stall {
  const { oldestPending, lastSuccess } = status
  const times = [oldestPending, lastSuccess].filter((time) => time !== undefined).sort()
  return { since: times.at(-1) ?? new Date(0).toISOString(), ...reasonOf(status, known) }
}

function reasonOf({ state, problem }: SyncStatus, { pending }: Pick<LogCache, 'pending'>): Omit<Stall, 'since'> {
  if (state === 'paused' || state === 'auth-required' || state === 'forbidden' || state === 'update-required')
    return { reason: state, message: problem?.message ?? SENTENCES[state] }
  if (problem !== undefined) return { reason: problem.code, message: problem.message }
  const verdicts = new Set(pending.records.map(({ verdict }) => verdict?.status))
  const reason = verdicts.has(undefined) ? 'no-answer' : verdicts.has('deferred') ? 'server-too-old' : 'held'
  return { reason, message: SENTENCES[reason] }
}
