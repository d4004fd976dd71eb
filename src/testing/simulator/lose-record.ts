import type { MemoryDisk } from '../../storage/memory/memory-disk.ts'
import type { StoredSegment } from '../../store/records.ts'
import { isSealed } from '../../store/sealed-events.ts'
import type { Prng } from '../chance/prng.ts'

/** What a bad disk does to a record: it is gone, or some of its bytes are others. */
export type Loss = 'record-lost' | 'record-damaged'

/** Strikes one record of the confirmed zone; answers it as it was, and undefined where there is none. */
export function loseRecord(
  { confirmed }: MemoryDisk,
  prng: Prng,
): { readonly kind: Loss; readonly record: StoredSegment } | undefined {
  const [first, ...others] = confirmed.keys.inRange({})
  const record = first === undefined ? undefined : confirmed.records.get(prng.pick([first, ...others]))
  if (record === undefined) return undefined
  if (prng.chance(0.5)) {
    confirmed.delete(record.last)
    return { kind: 'record-lost', record }
  }
  confirmed.put(record.last, damaged(record, prng))
  return { kind: 'record-damaged', record }
}

/** In its events, or in what it says of them. */
function damaged(record: StoredSegment, prng: Prng): StoredSegment {
  const { events } = record
  if (prng.chance(0.3)) return { ...record, checksum: (record.checksum ?? 0) ^ 1 }
  if (isSealed(events)) {
    const sealed = events.sealed.slice()
    const at = prng.between(0, sealed.length - 1)
    sealed[at] = (sealed[at] ?? 0) ^ 0x10
    return { ...record, events: { ...events, sealed } }
  }
  const at = prng.between(0, events.body.length - 1)
  return { ...record, events: { ...events, body: `${events.body.slice(0, at)}~${events.body.slice(at + 1)}` } }
}
