import { damageOf } from '../store/check-segment.ts'
import type { MetaRecord, SegmentMark } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/** The protocol's most. */
const MOST_MARKS = 32

/**
 * Places of the server's log that this device has been given: the newest, and older ones, each about twice as far back as the one before. Enough for the
 * server to find one that it knows, not much further back than where its log and this one part.
 */
export async function marksToShow(
  tx: StorageTransaction,
  { cursor }: Pick<MetaRecord, 'cursor'>,
): Promise<readonly SegmentMark[]> {
  if (cursor === null) return []
  const marks: SegmentMark[] = cursor.position === 0 ? [] : [{ position: cursor.position, mark: cursor.mark }]
  let upTo = cursor.position - 1
  for (let distance = 2; marks.length < MOST_MARKS; distance *= 2) {
    const mark = await markUpTo(tx, upTo)
    if (mark === undefined) break
    marks.push(mark)
    upTo = Math.min(mark.position - 1, cursor.position - distance)
  }
  return marks
}

async function markUpTo(tx: StorageTransaction, position: number): Promise<SegmentMark | undefined> {
  let after = position - 1
  // Compaction has merged segments: the one that holds the position may have marks on both sides of it.
  const [across] = position < 1 ? [] : await tx.read('confirmed', { after, limit: 1 })
  const candidates = across === undefined ? [] : [across]
  for (;;) {
    for (const segment of candidates) {
      const marks = damageOf(segment) === undefined ? (segment.marks ?? []) : []
      const mark = marks.findLast((each) => each.position <= position)
      if (mark !== undefined) return mark
    }
    candidates.length = 0
    const [below] = after < 1 ? [] : await tx.read('confirmed', { upTo: after, limit: 1, direction: 'backward' })
    if (below === undefined) return undefined
    candidates.push(below)
    after = below.last - 1
  }
}
