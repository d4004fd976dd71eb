import type { CommitChange } from '../store/commit-fate.ts'
import type { LogCache } from '../store/log-cache.ts'
import type { CommitLetterRecord, DiscardedRecord, PendingRecord } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { CONFLICT } from '../sync/conflict.ts'
import { disturbed } from './dead-letter-actions.ts'
import { dependentsOf, putMoved } from './move-dependents.ts'

/** What becomes of a commit whose command was decided again. */
export type Decision =
  /** Another comes into its place, as it is but for its seq. */
  | { readonly kind: 'replaced'; readonly record: PendingRecord; readonly by: PendingRecord }
  /** There is nothing to do any more. */
  | { readonly kind: 'needless'; readonly record: PendingRecord }
  | { readonly kind: 'refused'; readonly record: PendingRecord; readonly message: string }

/**
 * Does what was decided, in a transaction on the log that it was decided on. What was replaced stays as a record; the server is told never to accept
 * what has become needless.
 */
export async function applyDecisions(
  tx: StorageTransaction,
  cache: LogCache,
  decisions: readonly Decision[],
  now: number,
): Promise<CommitChange[]> {
  const settled = decisions.filter((each) => each.kind !== 'refused')
  const moved = dependentsOf(
    cache,
    settled.map((each) => ({ record: each.record, successor: each.kind === 'replaced' ? each.by : undefined })),
  )
  const { meta } = cache
  const replacements = decisions.flatMap((each) => (each.kind === 'replaced' ? [each.by] : []))
  const letters = decisions.flatMap((each) =>
    each.kind === 'refused' ? [letterOf(moved.get(each.record.id) ?? each.record, each.message, now)] : [],
  )
  for (const { record } of decisions) moved.delete(record.id)
  await tx.delete('pending', ...decisions.map(({ record }) => record.order))
  await Promise.all([
    tx.put('pending', ...replacements.map((by, index) => ({ ...by, seq: meta.nextSeq + index }))),
    tx.put('discarded', ...settled.map((each) => recordOf(each, now))),
    tx.put('deadLetters', ...letters),
    putMoved(tx, cache, moved),
    tx.put('meta', { ...disturbed(meta), nextSeq: meta.nextSeq + replacements.length }),
  ])
  return decisions.flatMap(changesOf)
}

function recordOf(decision: Exclude<Decision, { kind: 'refused' }>, at: number): DiscardedRecord {
  const { record: commit } = decision
  if (decision.kind === 'replaced')
    return { id: commit.id, why: 'replaced', note: decision.by.id, at, withdraw: [], commit }
  const note = 'decided again: there was nothing to do any more'
  return { id: commit.id, why: 'discarded', note, at, withdraw: [commit.id, ...commit.replaces], commit }
}

/** Tried again by a person, it is decided again, on what the log holds by then, and as often as at first. */
function letterOf(record: PendingRecord, message: string, now: number): CommitLetterRecord {
  const { redecided: _often, ...commit } = record
  const attempts = record.attempts + 1
  return {
    ...{ id: record.id, kind: 'commit', code: CONFLICT, message, retryable: false, attempts },
    since: now,
    nextAttemptAt: undefined,
    commit: { ...commit, attempts, verdict: undefined, decideFrom: record.decideFrom ?? 0 },
  }
}

function changesOf(decision: Decision): readonly CommitChange[] {
  const { id: commit } = decision.record
  const position = undefined
  switch (decision.kind) {
    case 'replaced':
      return [
        { commit, to: 'replaced', position, by: decision.by.id },
        { commit: decision.by.id, to: 'pending', position },
      ]
    case 'needless':
      return [{ commit, to: 'discarded', position }]
    case 'refused':
      return [{ commit, to: 'rejected', position }]
  }
}
