import { unpackEvents } from '../../../src/event/packed-events.ts'
import { gzipCodec } from '../../../src/platform/gzip-codec.ts'
import { EventStore } from '../../../src/store/event-store.ts'
import type { PendingRecord } from '../../../src/store/records.ts'
import { recordedInSegment } from '../../../src/store/segment.ts'
import type { StorageBackend } from '../../../src/store/storage-backend.ts'
import { seededIds } from '../../../src/testing/chance/seeded-ids.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** Everything that a person or a server would miss, as the store reads it: it must be the same whatever layout it lies in. */
export async function pickFacts(backend: StorageBackend, authority: 'local' | 'server') {
  const nothing = (): void => undefined
  const store = await EventStore.open({
    backend,
    authority,
    clock: new VirtualClock(),
    ids: seededIds(0xfff0),
    codec: gzipCodec(),
    logger: { error: nothing, info: nothing, debug: nothing },
  })
  const segments = await store.readConfirmed(0, 1_000_000)
  const { meta, head, pending, deadLetters, handlerLetters } = store.known
  const discarded = await store.read((tx) => tx.read('discarded', {}))
  const quarantined = await store.quarantined()
  const { turns, forks, claimedBy } = meta
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
    ...(quarantined.length === 0 ? {} : { quarantined }),
    ...{ turns, forks, claimedBy },
    discarded: discarded.map(({ commit, ...rest }) => ({ ...rest, commit: factsOf(commit) })),
  }
}

/** What is not there is left out of the digest: those of before there was such a thing were taken without it. */
function factsOf(record: PendingRecord) {
  const { id, device, seq, order, madeAt, expected, basis, replaces, attempts, events } = record
  const { verdict, command, decideFrom, redecided, formerly } = record
  return {
    ...{ id, device, seq, order, madeAt, expected, basis, replaces, attempts, events: unpackEvents(events) },
    ...{ verdict, command, decideFrom, redecided, formerly },
  }
}

/** SHA-256 of the facts, whatever the order of their fields. */
export async function digestOf(facts: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(facts, sorted))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
