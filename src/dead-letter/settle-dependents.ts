import type { CommitChange } from '../store/commit-fate.ts'
import type { LogCache } from '../store/log-cache.ts'
import { type CommitLetterRecord, isAccepted, type PendingRecord } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { brokenBases } from '../sync/broken-bases.ts'
import { CONFLICT, conflictIn } from '../sync/conflict.ts'
import { dependentsOf, putMoved, type Settled } from './move-dependents.ts'

/**
 * What stood on commits that are settled stands on what is left, and is tested at once on what is confirmed here. Where its stream has moved, it can only be
 * refused, since streams only grow: it becomes a dead letter, and what stands on it is held. What has a command is decided again. Part of the transaction
 * that settles them.
 */
export async function settleDependents(
  tx: StorageTransaction,
  cache: LogCache,
  settled: readonly Settled[],
  now: number,
): Promise<readonly CommitChange[]> {
  const moved = dependentsOf(cache, settled)
  const tested = [...moved.values()].filter(({ command }) => command === undefined)
  const versions = await cache.confirmedVersions(
    tx,
    tested.flatMap(({ basis }) => Object.keys(basis)),
  )
  const broken = brokenBases(viewAfter(cache, settled, moved), {
    versions,
    isConfirmed: () => false,
    isAccepted,
    isRefused: () => false,
  }).filter(({ record }) => record.command === undefined && moved.has(record.id))
  for (const { record } of broken) moved.delete(record.id)
  if (broken.length > 0)
    await Promise.all([
      tx.delete('pending', ...broken.map(({ record }) => record.order)),
      tx.put('deadLetters', ...broken.map(({ record, stream }) => conflictLetter(record, stream, now))),
    ])
  await putMoved(tx, cache, moved)
  return broken.map(({ record }) => ({ commit: record.id, to: 'rejected', position: undefined }))
}

/** Outbox and dead letters as they are when this is done. */
function viewAfter(cache: LogCache, settled: readonly Settled[], moved: ReadonlyMap<string, PendingRecord>) {
  const gone = new Set(settled.map(({ record }) => record.id))
  const successors = settled.flatMap(({ successor }) => (successor === undefined ? [] : [successor]))
  const stay = cache.pending.records.filter(({ id }) => !gone.has(id))
  const records = [...stay.map((record) => moved.get(record.id) ?? record), ...successors]
  const letters = [...cache.deadLetters].filter(([id]) => !gone.has(id))
  return {
    pending: { records: records.sort((a, b) => a.order - b.order) },
    deadLetters: new Map(
      letters.map(([id, letter]) => [id, { ...letter, commit: moved.get(id) ?? letter.commit }] as const),
    ),
  }
}

function conflictLetter(record: PendingRecord, stream: string, now: number): CommitLetterRecord {
  const attempts = record.attempts + 1
  return {
    ...{
      id: record.id,
      kind: 'commit',
      code: CONFLICT,
      message: conflictIn(stream).message,
      retryable: false,
      attempts,
    },
    ...{ since: now, nextAttemptAt: undefined },
    commit: { ...record, attempts, verdict: undefined },
  }
}
