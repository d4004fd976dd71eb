import { unpackEvents } from '../event/packed-events.ts'
import type { StoredEvent } from '../event/recorded-event.ts'
import { type PlacedCommit, unpackCommits } from '../store/packed-commits.ts'
import type { ConfirmedSegment } from '../store/records.ts'
import { type SizedEvent, sizedInCommit } from '../store/segment.ts'
import type { EventsPage, EventsRequest } from './events-page.ts'

/** A commit as a page takes it. */
export interface CommitForPage {
  readonly commit: PlacedCommit
  /** Position of its last event. */
  readonly last: number
  /** Undefined stands for one that is not asked for. */
  readonly events: () => readonly (SizedEvent | undefined)[]
}

/** The commits of a segment; its events are parsed only where they are asked for. */
export function commitsFor(page: EventsPage, request: EventsRequest, segment: ConfirmedSegment): CommitForPage[] {
  const isWanted = page.mayHold(segment) ? page.mayWant(segment.events) : undefined
  const { stream, types } = request
  // Parsed in one go where all of it is asked for, which is faster than one by one.
  const isWhole = stream === undefined && types === undefined
  let all: readonly StoredEvent[] | undefined
  const whole = (): readonly StoredEvent[] | undefined => {
    if (isWhole) all ??= unpackEvents(segment.events)
    return all
  }
  return unpackCommits(segment.commits).map((commit) => ({
    commit,
    last: segment.first + commit.offset + commit.count - 1,
    events: () => (isWanted === undefined ? [] : sizedInCommit(segment, commit, isWanted, whole())),
  }))
}
