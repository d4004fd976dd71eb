import { damageOf } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import type { ConfirmedSegment, SegmentMark, StoredSegment } from './records.ts'

/** By what a log is known up to a position: another log that has as many events does not have it. */
export interface LogMark {
  /** Id of the commit that ends at the position. */
  readonly commit: string
  /** What the server called its log there, or at the last position before where it gave a name. Undefined in a local store. */
  readonly server?: SegmentMark | undefined
}

/** The mark at the end of a segment. */
export function markBehind(
  commits: ConfirmedSegment['commits'],
  marks: ConfirmedSegment['marks'],
  before: LogMark | undefined,
): LogMark | undefined {
  const commit = commits.ids.at(-1)
  return commit === undefined ? undefined : { commit, server: marks?.at(-1) ?? before?.server }
}

/** Whether the log has this mark at a position. Where a segment is damaged or missing nobody can say, and it is taken to be the same. */
export async function hasMark(store: EventStore, position: number, { commit, server }: LogMark): Promise<boolean> {
  const segment = await segmentAt(store, position)
  if (segment === undefined) return false
  // In this order: looking for damage means reading all of it, and a store that opens waits in here.
  const isThere = endsAt(segment, commit, position) || cannotSay(segment, position)
  if (!isThere || server === undefined) return isThere
  const marked = server.position >= segment.first ? segment : await segmentAt(store, server.position)
  if (marked === undefined) return false
  const isMarked = marked.marks?.some((each) => each.position === server.position && each.mark === server.mark) ?? false
  return isMarked || cannotSay(marked, server.position)
}

/** @param segment the first that ends there or behind */
function cannotSay(segment: StoredSegment, position: number): boolean {
  return segment.first > position || damageOf(segment) !== undefined
}

/** Whatever lies there, it does not throw. */
function endsAt({ first, commits }: StoredSegment, id: string, position: number): boolean {
  try {
    const index = commits.ids.indexOf(id)
    const events = commits.counts.subarray(0, index + 1).reduce((sum, count) => sum + count, 0)
    return index >= 0 && first + events - 1 === position
  } catch {
    return false
  }
}

async function segmentAt(store: EventStore, position: number): Promise<StoredSegment | undefined> {
  const [segment] = await store.read((tx) => tx.read('confirmed', { after: position - 1, limit: 1 }))
  return segment
}
