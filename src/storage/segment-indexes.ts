import type { StoredSegment } from '../store/records.ts'
import type { SegmentIndex } from '../store/storage-backend.ts'

/** What each multi-entry index of the confirmed zone finds a segment by. A value that occurs twice counts once. */
export const INDEXED_VALUES: { readonly [I in SegmentIndex]: (segment: StoredSegment) => readonly string[] } = {
  streams: (segment) => segment.events.streams,
  types: (segment) => segment.events.types,
  commitIds: (segment) => segment.commits.ids,
}

export const SEGMENT_INDEXES: readonly SegmentIndex[] = ['streams', 'types', 'commitIds']
