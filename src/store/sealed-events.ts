import type { PackedEvents } from '../event/packed-events.ts'
import type { Codec } from '../platform/ports.ts'
import type { SealedEvents, StoredSegment } from './records.ts'

/**
 * The encoded form of a run of events. Before the codec it is: the number of events, then for each its length, the index of its stream and
 * that of its type, 32 bits each, little-endian; then the body as UTF-8. Lengths repeat where offsets would not, so they cost next to nothing.
 */
export async function sealEvents(events: PackedEvents, codec: Codec): Promise<SealedEvents> {
  const plain = toBytes(events)
  return {
    streams: events.streams,
    types: events.types,
    minTime: events.minTime,
    maxTime: events.maxTime,
    codec: codec.name,
    sealed: await codec.encode(plain),
    bytes: plain.byteLength,
  }
}

export function isSealed(events: StoredSegment['events']): events is SealedEvents {
  return typeof events === 'object' && events !== null && 'sealed' in events
}

/** Rejects when the bytes are not what was sealed. */
export async function unsealEvents(events: SealedEvents, codec: Codec): Promise<PackedEvents> {
  const plain = await codec.decode(events.sealed, events.bytes)
  const { streams, types, minTime, maxTime } = events
  return { ...fromBytes(plain), streams, types, minTime, maxTime }
}

const WORD = 4

function toBytes(events: PackedEvents): Uint8Array {
  const count = events.offsets.length
  const body = new TextEncoder().encode(events.body)
  const bytes = new Uint8Array(WORD * (1 + 3 * count) + body.byteLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, count, true)
  for (let index = 0; index < count; index++) {
    const start = events.offsets[index] ?? 0
    const next = events.offsets[index + 1] ?? events.body.length + 1
    view.setUint32(WORD * (1 + index), next - start, true)
    view.setUint32(WORD * (1 + count + index), events.streamOf[index] ?? 0, true)
    view.setUint32(WORD * (1 + 2 * count + index), events.typeOf[index] ?? 0, true)
  }
  bytes.set(body, WORD * (1 + 3 * count))
  return bytes
}

function fromBytes(bytes: Uint8Array): Pick<PackedEvents, 'body' | 'offsets' | 'streamOf' | 'typeOf'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint32(0, true)
  const offsets = new Uint32Array(count)
  const streamOf = new Uint32Array(count)
  const typeOf = new Uint32Array(count)
  let offset = 0
  for (let index = 0; index < count; index++) {
    offsets[index] = offset
    offset += view.getUint32(WORD * (1 + index), true)
    streamOf[index] = view.getUint32(WORD * (1 + count + index), true)
    typeOf[index] = view.getUint32(WORD * (1 + 2 * count + index), true)
  }
  const body = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(WORD * (1 + 3 * count)))
  return { body, offsets, streamOf, typeOf }
}
