import {
  countByStream,
  countOf,
  joinPacked,
  type PackedEvents,
  unpackEvent,
  unpackEvents,
} from '../event/packed-events.ts'
import type { RecordedEvent, StoredEvent } from '../event/recorded-event.ts'
import { type ConfirmedCommit, type PlacedCommit, packCommits, unpackCommits } from './packed-commits.ts'
import type { ConfirmedSegment, PendingRecord, SegmentMark, StoredSegment } from './records.ts'

/** How large a segment may grow, by whichever comes first; a single commit may be larger. */
export const SEGMENT_LIMITS = { events: 512, units: 256 * 1024 } as const

export interface CommitRun {
  readonly commit: ConfirmedCommit
  readonly events: PackedEvents
}

/**
 * One segment of consecutive commits. `versions` holds the confirmed version of each of their streams before them, and is moved on.
 */
export function buildSegment(
  first: number,
  runs: readonly CommitRun[],
  versions: Map<string, number>,
  marks: readonly SegmentMark[] = [],
): ConfirmedSegment {
  const events = joinPacked(runs.map((run) => run.events))
  const counts = countByStream(events)
  const streamVersions = new Uint32Array(events.streams.length)
  for (const [index, stream] of events.streams.entries()) {
    const version = (versions.get(stream) ?? 0) + (counts[index] ?? 0)
    versions.set(stream, version)
    streamVersions[index] = version
  }
  return {
    first,
    last: first + countOf(events) - 1,
    events,
    commits: packCommits(runs.map((run) => run.commit)),
    streamVersions,
    ...(marks.length === 0 ? {} : { marks }),
  }
}

/** Cuts consecutive commits into segments within {@link SEGMENT_LIMITS}. */
export function buildSegments(
  first: number,
  runs: readonly CommitRun[],
  versions: Map<string, number>,
): ConfirmedSegment[] {
  const segments: ConfirmedSegment[] = []
  let position = first
  let group: CommitRun[] = []
  let events = 0
  let units = 0
  const close = () => {
    if (group.length === 0) return
    const segment = buildSegment(position, group, versions)
    segments.push(segment)
    position = segment.last + 1
    group = []
    events = 0
    units = 0
  }
  for (const run of runs) {
    if (events + run.commit.count > SEGMENT_LIMITS.events || units + run.events.body.length > SEGMENT_LIMITS.units)
      close()
    group.push(run)
    events += run.commit.count
    units += run.events.body.length
  }
  close()
  return segments
}

export function confirmedVersionIn(segment: StoredSegment, stream: string): number | undefined {
  const index = segment.events.streams.indexOf(stream)
  return index === -1 ? undefined : segment.streamVersions[index]
}

/** The events of a segment with their places. */
export function recordedInSegment(segment: ConfirmedSegment): RecordedEvent[] {
  const stored = unpackEvents(segment.events)
  return unpackCommits(segment.commits).flatMap((commit) =>
    stored.slice(commit.offset, commit.offset + commit.count).map((event, index) => ({
      ...event,
      commitId: commit.id,
      position: segment.first + commit.offset + index,
      receivedAt: Number.isNaN(commit.receivedAt) ? undefined : new Date(commit.receivedAt).toISOString(),
    })),
  )
}

/** An event with its place, and how long its JSON is. */
export interface SizedEvent {
  readonly event: RecordedEvent
  /** UTF-16 units. */
  readonly units: number
}

/**
 * The events of one commit of a segment, undefined where `isWanted` says of its index in the segment that it is not. Parses what is wanted, and no
 * more: a stream has few events in a segment of many. `whole` is the segment's events, where they were parsed already.
 */
export function sizedInCommit(
  segment: ConfirmedSegment,
  commit: PlacedCommit,
  isWanted: (index: number) => boolean,
  whole: readonly StoredEvent[] | undefined,
): (SizedEvent | undefined)[] {
  const { offsets, body } = segment.events
  const receivedAt = Number.isNaN(commit.receivedAt) ? undefined : new Date(commit.receivedAt).toISOString()
  const sized = new Array<SizedEvent | undefined>(commit.count).fill(undefined)
  for (let place = 0; place < commit.count; place++) {
    const index = commit.offset + place
    if (!isWanted(index)) continue
    const stored = whole?.[index] ?? unpackEvent(segment.events, index)
    const event = { ...stored, commitId: commit.id, position: segment.first + index, receivedAt }
    sized[place] = { event, units: (offsets[index + 1] ?? body.length) - (offsets[index] ?? 0) }
  }
  return sized
}

export function recordedInPending(record: PendingRecord): RecordedEvent[] {
  return unpackEvents(record.events).map((event) => ({
    ...event,
    commitId: record.id,
    position: undefined,
    receivedAt: undefined,
  }))
}
