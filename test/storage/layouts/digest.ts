import { createHash } from 'node:crypto'
import { unpackEvents } from '../../../src/event/packed-events.ts'
import { EventStore } from '../../../src/store/event-store.ts'
import type { PendingRecord } from '../../../src/store/records.ts'
import { recordedInSegment } from '../../../src/store/segment.ts'
import type { StorageBackend } from '../../../src/store/storage-backend.ts'
import { syncGzip } from '../../support/sync-codec.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'
import { countingIds } from '../../support/virtual-platform.ts'

/** Everything that a person or a server would miss, as the store reads it: it must be the same whatever layout it lies in. */
export async function pickFacts(backend: StorageBackend, authority: 'local' | 'server') {
  const nothing = (): void => undefined
  const store = await EventStore.open({
    backend,
    authority,
    clock: new VirtualClock(),
    ids: countingIds(0xfff0),
    codec: syncGzip,
    logger: { error: nothing, info: nothing, debug: nothing },
  })
  const segments = await store.readConfirmed(0, 1_000_000)
  const { meta, head, pending, deadLetters, handlerLetters } = store.known
  const discarded = await store.read((tx) => tx.read('discarded', {}))
  const handlers = await backend.transact('read', ['handlers'], (tx) => tx.read('handlers', {}))
  return {
    device: meta.device,
    authority: meta.authority,
    cursor: meta.cursor,
    nextSeq: meta.nextSeq,
    nextOrder: meta.nextOrder,
    head,
    confirmed: segments.flatMap(recordedInSegment),
    pending: pending.records.map(factsOf),
    deadLetters: [...deadLetters.values()].map(({ commit, ...letter }) => ({ ...letter, commit: factsOf(commit) })),
    // Left out where there are none, as in the layouts that had no place for them: their digests were taken without.
    ...(handlers.length === 0 ? {} : { handlers }),
    ...(handlerLetters.size === 0
      ? {}
      : {
          handlerLetters: [...handlerLetters.values()].map(({ events, ...letter }) => ({
            ...letter,
            events: unpackEvents(events),
          })),
        }),
    discarded: discarded.map(({ commit, ...rest }) => ({ ...rest, commit: factsOf(commit) })),
  }
}

function factsOf({ id, device, seq, order, madeAt, expected, basis, replaces, attempts, events }: PendingRecord) {
  return { id, device, seq, order, madeAt, expected, basis, replaces, attempts, events: unpackEvents(events) }
}

/** SHA-256 of the facts, whatever the order of their fields. */
export function digestOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts, sorted)).digest('hex')
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
