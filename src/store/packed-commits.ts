import type { CommitHeader, FormerPlace, PackedCommits } from './records.ts'

export interface ConfirmedCommit extends CommitHeader {
  /** Server clock, ms since 1970; NaN in a local store. */
  readonly receivedAt: number
  readonly formerly?: FormerPlace | undefined
}

/** A commit with the index of its first event within the segment. */
export interface PlacedCommit extends ConfirmedCommit {
  readonly offset: number
}

export function packCommits(commits: readonly ConfirmedCommit[]): PackedCommits {
  const devices: string[] = []
  const deviceOf = new Uint32Array(commits.length)
  for (const [index, { device }] of commits.entries()) {
    let at = devices.indexOf(device)
    if (at === -1) at = devices.push(device) - 1
    deviceOf[index] = at
  }
  return {
    ids: commits.map(({ id }) => id),
    devices,
    deviceOf,
    seqs: Float64Array.from(commits, ({ seq }) => seq),
    counts: Uint32Array.from(commits, ({ count }) => count),
    receivedAt: Float64Array.from(commits, ({ receivedAt }) => receivedAt),
    ...formerPlaces(commits),
  }
}

function formerPlaces(commits: readonly ConfirmedCommit[]): Pick<PackedCommits, 'turns' | 'formerly'> {
  if (commits.every(({ formerly }) => formerly === undefined)) return {}
  return {
    turns: Uint32Array.from(commits, ({ formerly }) => formerly?.turn ?? 0),
    formerly: Float64Array.from(commits, ({ formerly }) => formerly?.position ?? 0),
  }
}

export function unpackCommits(commits: PackedCommits): PlacedCommit[] {
  let offset = 0
  return commits.ids.map((id, index) => {
    const count = commits.counts[index] ?? 0
    const placed: PlacedCommit = {
      id,
      device: commits.devices[commits.deviceOf[index] ?? 0] ?? '',
      seq: commits.seqs[index] ?? 0,
      count,
      receivedAt: commits.receivedAt[index] ?? Number.NaN,
      offset,
      ...formerPlaceOf(commits, index),
    }
    offset += count
    return placed
  })
}

function formerPlaceOf({ turns, formerly }: PackedCommits, index: number): { formerly?: FormerPlace } {
  const turn = turns?.[index] ?? 0
  return turn === 0 ? {} : { formerly: { turn, position: formerly?.[index] ?? 0 } }
}
