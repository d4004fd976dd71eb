import { countOf, eventText, type PackedEvents, packTexts, unpackEvent } from '../event/packed-events.ts'
import type { LogCache } from './log-cache.ts'
import { unpackCommits } from './packed-commits.ts'
import type { StorageTransaction } from './storage-backend.ts'

export interface FoundCommit {
  readonly where: 'confirmed' | 'pending' | 'rejected' | 'discarded' | 'replaced'
  readonly events: PackedEvents
  /** Position of the first event; undefined unless confirmed. */
  readonly position: number | undefined
}

/** Looks for a commit in every place where it can lie. Needs the tables confirmed and discarded in the transaction. */
export async function findCommit(
  tx: StorageTransaction,
  cache: LogCache,
  id: string,
): Promise<FoundCommit | undefined> {
  const pending = cache.pending.find(id)
  if (pending !== undefined) return { where: 'pending', events: pending.events, position: undefined }
  const deadLetter = cache.deadLetters.get(id)
  if (deadLetter !== undefined) return { where: 'rejected', events: deadLetter.commit.events, position: undefined }
  const [[segment], discarded] = await Promise.all([
    tx.readByIndex('commitIds', id, { limit: 1 }),
    tx.get('discarded', id),
  ])
  if (segment !== undefined) {
    const commit = unpackCommits(segment.commits).find((each) => each.id === id)
    if (commit !== undefined) {
      const indexes = Array.from({ length: commit.count }, (_, index) => commit.offset + index)
      const stored = indexes.map((index) => unpackEvent(segment.events, index))
      const texts = indexes.map((index) => eventText(segment.events, index))
      const events = commit.count === countOf(segment.events) ? segment.events : packTexts(stored, texts)
      return { where: 'confirmed', events, position: segment.first + commit.offset }
    }
  }
  return discarded === undefined
    ? undefined
    : { where: discarded.why, events: discarded.commit.events, position: undefined }
}
