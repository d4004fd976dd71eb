import { readPages } from './read-pages.ts'
import type { QuarantineRecord } from './records.ts'
import { quarantineId } from './segment-reader.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** What is kept at most of what is whole again. What nobody has again is kept whatever it takes. */
export const NOTE_LIMITS = {
  /** Records that were damaged under one key. */
  ofOnePlace: 4,
  /** Bytes of all records, about. */
  bytes: 8 * 1024 * 1024,
  /** Notes, with a record or without. */
  notes: 1000,
} as const

/**
 * Whether a note may be let go: what it names was pulled again, or put back, and is in the log. Else what it keeps is the only copy, or names what is still
 * damaged. The progress of a handler was begun anew, and an older one says no more than the last.
 */
export function mayGo({ table, repairedAt, id, key }: QuarantineRecord): boolean {
  return repairedAt !== undefined || (table === 'handlers' && id !== quarantineId(table, key))
}

/** Notes that were moved away from an id, the oldest first. */
export async function notesMovedFrom(
  tx: StorageTransaction,
  id: string,
): Promise<readonly { readonly number: number; readonly note: QuarantineRecord }[]> {
  // `$` comes behind `#`, and both in front of all digits.
  const moved = await tx.read('quarantine', { after: `${id}#`, upTo: `${id}$` })
  return (
    moved
      .map((note) => ({ number: Number(note.id.slice(id.length + 1)), note }))
      // Earlier builds noted handlers by their names as they are.
      .filter(({ number }) => Number.isSafeInteger(number))
      .sort((a, b) => a.number - b.number)
  )
}

/** Lets the oldest go of all that is whole again, where it is too much, and counts them in the note that has come last. */
export async function boundNotes(tx: StorageTransaction, last: QuarantineRecord): Promise<void> {
  const known: { id: string; at: number; bytes: number; counts: number }[] = []
  let notes = 0
  let bytes = 0
  for await (const page of readPages(tx, 'quarantine')) {
    for (const note of page) {
      notes++
      const own = note.record === undefined ? 0 : bytesOf(note.record)
      if (!mayGo(note)) continue
      bytes += own
      if (note.id !== last.id) known.push({ id: note.id, at: note.at, bytes: own, counts: 1 + (note.dropped ?? 0) })
    }
  }
  const gone: string[] = []
  let dropped = last.dropped ?? 0
  for (const note of known.sort((a, b) => a.at - b.at)) {
    const isTooLarge = bytes > NOTE_LIMITS.bytes && note.bytes > 0
    if (!isTooLarge && notes <= NOTE_LIMITS.notes) continue
    gone.push(note.id)
    dropped += note.counts
    bytes -= note.bytes
    notes--
  }
  if (gone.length === 0) return
  await tx.delete('quarantine', ...gone)
  await tx.put('quarantine', { ...last, dropped })
}

/** About, of whatever lies there. */
function bytesOf(record: unknown): number {
  const seen = new Set<object>()
  const rest: unknown[] = [record]
  let bytes = 0
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value === 'string') bytes += 2 * value.length
    else if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) bytes += value.byteLength
    else if (typeof value !== 'object' || value === null) bytes += 8
    else if (!seen.has(value)) {
      seen.add(value)
      for (const [name, each] of Object.entries(value)) {
        bytes += 2 * name.length
        rest.push(each)
      }
    }
  }
  return bytes
}
