import { unpackEvents } from '../event/packed-events.ts'
import type { CommitFate } from '../store/commit-fate.ts'
import type { LogCache } from '../store/log-cache.ts'
import type { PendingRecord } from '../store/records.ts'

const fatesOfRecord = new WeakMap<PendingRecord, readonly (readonly [string, CommitFate])[]>()

/** The fate of every event that is not confirmed, by event id. */
export function commitFates(known: Readonly<Pick<LogCache, 'pending' | 'deadLetters'>>): [string, CommitFate][] {
  const fates: [string, CommitFate][] = []
  for (const record of known.pending.records) {
    const isHeld = record.verdict?.status === 'held' || known.pending.isHeld(record.id)
    for (const [id, fate] of fatesOf(record, isHeld ? 'held' : 'pending')) fates.push([id, fate])
  }
  for (const { commit } of known.deadLetters.values()) {
    for (const [id, fate] of fatesOf(commit, 'rejected')) fates.push([id, fate])
  }
  return fates
}

function fatesOf(record: PendingRecord, state: CommitFate['state']): readonly (readonly [string, CommitFate])[] {
  const known = fatesOfRecord.get(record)
  if (known !== undefined && (known[0] === undefined || known[0][1].state === state)) return known
  const fate: CommitFate = { state, commitId: record.id }
  const fates = unpackEvents(record.events).map(({ id }): [string, CommitFate] => [id, fate])
  fatesOfRecord.set(record, fates)
  return fates
}
