import { joinPacked } from '../event/packed-events.ts'
import { packCommits, unpackCommits } from './packed-commits.ts'
import type { ConfirmedSegment } from './records.ts'

/** One segment with all that these neighbours hold: the same commits in the same order, at the same positions. */
export function mergeSegments(segments: readonly [ConfirmedSegment, ...ConfirmedSegment[]]): ConfirmedSegment {
  const [head] = segments
  if (segments.length === 1) return head
  const events = joinPacked(segments.map((segment) => segment.events))
  const versions = new Map<string, number>()
  for (const segment of segments) {
    for (const [index, stream] of segment.events.streams.entries())
      versions.set(stream, segment.streamVersions[index] ?? 0)
  }
  const marks = segments.flatMap((segment) => segment.marks ?? [])
  return {
    first: head.first,
    last: segments.at(-1)?.last ?? head.last,
    events,
    commits: packCommits(segments.flatMap((segment) => unpackCommits(segment.commits))),
    streamVersions: Uint32Array.from(events.streams, (stream) => versions.get(stream) ?? 0),
    ...(marks.length === 0 ? {} : { marks }),
  }
}
