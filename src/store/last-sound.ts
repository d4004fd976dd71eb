import { damageOf } from './check-segment.ts'
import type { StoredSegment } from './records.ts'
import { confirmedVersionIn } from './segment.ts'
import type { StorageTransaction } from './storage-backend.ts'

const NONE = { position: 0, version: 0 }
/** Segments read at a time. */
const PAGE = 16

/**
 * The version of a stream from the last segment with it that can be read: a damaged one takes away what it knew, and no more. 0 where there is none.
 *
 * @param upTo only segments that end here or before; default: all
 */
export async function lastSoundVersion(tx: StorageTransaction, stream: string, upTo?: number): Promise<number> {
  return (await lastSoundPlace(tx, stream, upTo)).version
}

/** The same, with the last position of that segment. */
export async function lastSoundPlace(
  tx: StorageTransaction,
  stream: string,
  upTo?: number,
): Promise<{ readonly position: number; readonly version: number }> {
  // Nearly always it is the last one that tells.
  let limit = 1
  for (let from = upTo; from === undefined || from >= 1; limit = PAGE) {
    const range = { direction: 'backward', limit, ...(from === undefined ? {} : { upTo: from }) } as const
    const page: readonly StoredSegment[] = await tx.readByIndex('streams', stream, range)
    const sound = page.find((segment) => damageOf(segment) === undefined)
    if (sound !== undefined) return { position: sound.last, version: confirmedVersionIn(sound, stream) ?? 0 }
    const first = page.at(-1)
    if (first === undefined || page.length < limit) return NONE
    from = first.last - 1
  }
  return NONE
}
