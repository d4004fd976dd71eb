import { eventText } from '../../event/packed-events.ts'
import type { MemoryDisk } from '../../storage/memory/memory-disk.ts'
import { damageOf } from '../../store/check-segment.ts'
import type { Positions } from '../../store/missing.ts'
import { unpackCommits } from '../../store/packed-commits.ts'
import type { StoredSegment } from '../../store/records.ts'
import { isSealed } from '../../store/sealed-events.ts'
import type { AcceptedCommit } from './observed-log.ts'

/**
 * The notes of one disk that say that something was repaired. Each is believed when it appears: by the end of a story something else may have put in place what
 * it only said, and by then something may have been lost there again.
 */
export class RepairedNotes {
  readonly #seen = new Set<string>()

  /** The disk is a copy of another. */
  goOnFrom(other: RepairedNotes): void {
    for (const note of other.#seen) this.#seen.add(note)
  }

  /**
   * What is wrong with those that have appeared since: each position that they name has to be readable, and what the server has there.
   *
   * @param accepted by the server, in its order
   */
  look({ tables, confirmed }: MemoryDisk, accepted: readonly AcceptedCommit[]): readonly string[] {
    const problems: string[] = []
    for (const { id, table, key, at, repairedAt, range } of tables.quarantine.records.values()) {
      if (table !== 'confirmed' || repairedAt === undefined) continue
      // Not its id: it gets another when the next one comes.
      const note = `${key} ${at} ${repairedAt}`
      if (this.#seen.has(note)) continue
      this.#seen.add(note)
      const keys = range === undefined ? [] : [...confirmed.keys.inRange({ after: range.first - 1 })]
      const stored = keys.flatMap((each) => confirmed.records.get(each) ?? [])
      const problem = range === undefined ? 'it names no positions' : problemIn(range, stored, accepted)
      if (problem !== undefined) problems.push(`${id} is noted as repaired, and ${problem}`)
    }
    return problems
  }
}

/** @param stored from the segment with the first position on */
function problemIn(
  { first, last }: Positions,
  stored: readonly StoredSegment[],
  accepted: readonly AcceptedCommit[],
): string | undefined {
  const expected = new Map(accepted.map((commit) => [commit.position, commit]))
  let end = first - 1
  for (const segment of stored) {
    if (end >= last) break
    if (segment.first > end + 1) return `${end + 1} is missing`
    const damage = damageOf(segment)
    if (damage !== undefined) return `segment ${segment.last} cannot be read: ${damage}`
    for (const { id, offset, count } of unpackCommits(segment.commits)) {
      const position = segment.first + offset
      if (position + count - 1 < first || position > last) continue
      const commit = expected.get(position)
      if (commit?.id !== id || commit.events.length !== count) return `the server has ${commit?.id} at ${position}`
      const { events } = segment
      // What is sealed is compared in the end.
      if (isSealed(events)) continue
      if (commit.events.some(({ text }, index) => text !== eventText(events, offset + index)))
        return `commit ${id} is not what the server has`
    }
    end = segment.last
  }
  return end < last ? `${end + 1} is missing` : undefined
}
