import { openTurnOf } from './begin-turn.ts'
import { damageOf } from './check-segment.ts'
import type { MetaRecord, StoredSegment } from './records.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** Why a part of the confirmed zone cannot be read of which no record is left. */
export const MISSING = 'it is missing'

/** Positions, both included. */
export interface Positions {
  readonly first: number
  readonly last: number
}

/**
 * What is missing between a position and the records that lie behind it, and between those. At every moment the confirmed zone has each position up to its
 * end, in one record: whatever has been merged or set back since a position was read, the next record behind it begins there at the latest. So no more has
 * to be read to know it. Of a damaged record nothing but its key can be believed: what is missing in front of it counts as its own.
 *
 * @param stored all the records behind the position, or the first of them, in order, as one transaction saw them
 */
export function holesIn(stored: readonly StoredSegment[], behind: number): readonly Positions[] {
  const holes: Positions[] = []
  let end = Math.max(0, behind)
  for (const segment of stored) {
    if (segment.first > end + 1 && damageOf(segment) === undefined)
      holes.push({ first: end + 1, last: segment.first - 1 })
    end = segment.last
  }
  return holes
}

/**
 * The position up to which a log has to have its confirmed zone: that of the cursor, which is moved in the transaction that writes what it has passed. A local
 * store has none, and its appends write nothing but their segments: there compaction tells how far it has come. 0 where nothing tells: while a log is set back
 * its end comes before these do.
 */
export function endOf(meta: MetaRecord): number {
  const mayTell = meta.destroyed !== true && openTurnOf(meta) === undefined
  return mayTell ? Math.max(meta.cursor?.position ?? 0, meta.compactedTo ?? 0) : 0
}

/** A part of the confirmed zone between two keys. */
export interface Stretch extends Positions {
  /** What lies at its end; undefined where nothing is there. */
  readonly record: StoredSegment | undefined
}

/**
 * The part of the confirmed zone that has to be put in place for a position to be readable: up to the record with the position, whether that is sound or not,
 * or up to where the next one begins. Undefined where the log does not reach that far.
 */
export async function stretchAt(
  tx: StorageTransaction,
  meta: MetaRecord,
  position: number,
): Promise<Stretch | undefined> {
  const [next] = await tx.read('confirmed', { after: position - 1, limit: 1 })
  const isBehind = next !== undefined && next.first > position && damageOf(next) === undefined
  const record = isBehind ? undefined : next
  const last = isBehind ? next.first - 1 : (next?.last ?? endOf(meta))
  if (last < position) return undefined
  const [before] = await tx.read('confirmed', { upTo: (record?.last ?? position) - 1, limit: 1, direction: 'backward' })
  return { first: (before?.last ?? 0) + 1, last, record }
}

/** Whether every position can be read, as far as that shows without decoding anything. */
export async function isCovered(tx: StorageTransaction, { first, last }: Positions): Promise<boolean> {
  let end = first - 1
  while (end < last) {
    const [next] = await tx.read('confirmed', { after: end, limit: 1 })
    if (next === undefined || next.first > end + 1 || damageOf(next) !== undefined) return false
    end = next.last
  }
  return true
}

/**
 * What is still damaged or missing of a part when everything up to the end of these positions is in place; undefined where nothing is, and the part itself
 * where they do not touch it.
 */
export function restOf<P extends Positions>(part: P | undefined, { first, last }: Positions): P | undefined {
  if (part === undefined || part.last < first || part.first > last) return part
  return part.last <= last ? undefined : { ...part, first: last + 1 }
}
