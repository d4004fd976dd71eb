import { type PlacedCommit, unpackCommits } from '../store/packed-commits.ts'
import type { StoredSegment } from '../store/records.ts'
import type { CommitRun } from '../store/segment.ts'

/**
 * Where commits lay before the log was set back, of which the server knows nothing: taken over from the damaged record that they replace, as far as that can
 * be believed. What it says of a commit in every other respect has to be what the server says, and the turn one that this log has seen.
 *
 * @param lastTurn number of the last turn of the log; 0 where there was none
 */
export function withFormerPlaces(
  runs: readonly CommitRun[],
  damaged: StoredSegment | undefined,
  lastTurn: number,
): readonly CommitRun[] {
  const said = lastTurn === 0 ? new Map<string, PlacedCommit>() : commitsIn(damaged)
  return runs.map((run) => {
    const before = said.get(run.commit.id)
    if (before?.formerly === undefined || !isSame(before, run.commit)) return run
    const { turn, position } = before.formerly
    const isPlace = turn <= lastTurn && Number.isSafeInteger(position) && position >= run.commit.count
    return isPlace ? { ...run, commit: { ...run.commit, formerly: { turn, position } } } : run
  })
}

/** By id; none where the table of them is not one, whatever lies there. */
function commitsIn(damaged: StoredSegment | undefined): ReadonlyMap<string, PlacedCommit> {
  try {
    const commits = damaged === undefined ? [] : unpackCommits(damaged.commits)
    return new Map(commits.map((commit) => [commit.id, commit]))
  } catch {
    return new Map()
  }
}

function isSame(a: CommitRun['commit'], b: CommitRun['commit']): boolean {
  return a.device === b.device && a.seq === b.seq && a.count === b.count && a.receivedAt === b.receivedAt
}
