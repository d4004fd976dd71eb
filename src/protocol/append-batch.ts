import type { StorableCommit } from '../event/commit-draft.ts'
import { countOf, joinPacked, type PackedEvents, type PackedPart, splitPacked } from '../event/packed-events.ts'

export interface GatheredAppend {
  readonly commit: StorableCommit
  readonly lookUp: boolean
}

interface BatchedCommit extends Pick<StorableCommit, 'id' | 'expected'> {
  readonly lookUp: boolean
  readonly part: PackedPart
}

/**
 * Commits of one turn of the page as one message. Their events are one run: a thousand small ones would be three thousand arrays, and those take longer
 * to cross than what is in them.
 */
export interface AppendBatch {
  readonly events: PackedEvents
  readonly commits: readonly BatchedCommit[]
}

export function toBatch(appends: readonly GatheredAppend[]): AppendBatch {
  return {
    events: joinPacked(appends.map(({ commit }) => commit.events)),
    commits: appends.map(({ commit: { id, events, expected }, lookUp }) => ({
      id,
      expected,
      lookUp,
      part: { count: countOf(events), minTime: events.minTime, maxTime: events.maxTime },
    })),
  }
}

export function commitsOf({ events, commits }: AppendBatch): GatheredAppend[] {
  const parts = splitPacked(
    events,
    commits.map(({ part }) => part),
  )
  return parts.flatMap((part, index) => {
    const commit = commits[index]
    return commit === undefined
      ? []
      : [{ commit: { id: commit.id, events: part, expected: commit.expected }, lookUp: commit.lookUp }]
  })
}
