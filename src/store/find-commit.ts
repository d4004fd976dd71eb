import { countOf, eventText, type PackedEvents, packTexts, unpackEvent } from '../event/packed-events.ts'
import { damageOf } from './check-segment.ts'
import type { LogCache } from './log-cache.ts'
import { type PlacedCommit, unpackCommits } from './packed-commits.ts'
import type { ConfirmedSegment, StoredSegment } from './records.ts'
import { isSealed } from './sealed-events.ts'
import type { StorageTransaction } from './storage-backend.ts'

export interface FoundCommit {
  readonly where: 'confirmed' | 'pending' | 'rejected' | 'discarded' | 'replaced'
  /** Undefined where the segment that holds them is damaged, or sealed and not among those that were opened. */
  readonly events: PackedEvents | undefined
  /** Position of the first event; undefined unless confirmed. */
  readonly position: number | undefined
  /** Of one that was replaced: the commit that came into its place. */
  readonly replacedBy?: string
  /** The segment that has to be opened before `events` can be had: decoding cannot be waited for in a transaction. */
  readonly sealedIn?: StoredSegment
}

/** Segments that were opened for a commit, by the position of their last event. */
export type OpenedSegments = ReadonlyMap<number, ConfirmedSegment>

/** Looks for a commit in every place where it can lie. Needs the tables confirmed and discarded in the transaction. */
export async function findCommit(
  tx: StorageTransaction,
  cache: LogCache,
  id: string,
  opened: OpenedSegments = new Map(),
): Promise<FoundCommit | undefined> {
  const pending = cache.pending.find(id)
  if (pending !== undefined) return { where: 'pending', events: pending.events, position: undefined }
  const deadLetter = cache.deadLetters.get(id)
  if (deadLetter !== undefined) return { where: 'rejected', events: deadLetter.commit.events, position: undefined }
  const [[segment], discarded] = await Promise.all([
    tx.readByIndex('commitIds', id, { limit: 1 }),
    tx.get('discarded', id),
  ])
  if (segment !== undefined) return foundIn(segment, id, opened)
  if (discarded === undefined) return undefined
  const { why, note, commit } = discarded
  const found = { where: why, events: commit.events, position: undefined }
  return why === 'replaced' ? { ...found, replacedBy: note } : found
}

function foundIn(segment: StoredSegment, id: string, opened: OpenedSegments): FoundCommit {
  const lost: FoundCommit = { where: 'confirmed', events: undefined, position: undefined }
  if (damageOf(segment) !== undefined) return lost
  const commit = unpackCommits(segment.commits).find((each) => each.id === id)
  if (commit === undefined) return lost
  const position = segment.first + commit.offset
  if (!isSealed(segment.events)) return { where: 'confirmed', events: eventsOf(segment.events, commit), position }
  const known = opened.get(segment.last)
  if (known === undefined) return { where: 'confirmed', events: undefined, position, sealedIn: segment }
  return {
    where: 'confirmed',
    events: known.commits.ids.includes(id) ? eventsOf(known.events, commit) : undefined,
    position,
  }
}

function eventsOf(events: PackedEvents, commit: PlacedCommit): PackedEvents {
  if (commit.count === countOf(events)) return events
  const indexes = Array.from({ length: commit.count }, (_, index) => commit.offset + index)
  const stored = indexes.map((index) => unpackEvent(events, index))
  const texts = indexes.map((index) => eventText(events, index))
  return packTexts(stored, texts)
}
