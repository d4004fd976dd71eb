import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { DiscardedRecord } from '../../src/store/records.ts'
import { Exchange, type ExchangeOutcome } from '../../src/sync/exchange.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { FaultyBackend } from './faulty-backend.ts'
import { mentions } from './mentions.ts'
import { noted } from './notes.ts'
import { openStore } from './open-store.ts'
import { prepared, uuid } from './prepared.ts'
import { SyncServer } from './sync-server.ts'
import { VirtualClock } from './virtual-clock.ts'
import { countingIds, seededRandom } from './virtual-platform.ts'

/** A device, and a server that refuses notes with a forbidden word in them. */
export interface RefusingServer {
  readonly server: SyncServer
  readonly disk: MemoryDisk
  readonly backend: FaultyBackend
  readonly store: EventStore
  /** At first: `bad`. */
  forbidden: string[]
  retryable: boolean
  /** One round trip. */
  readonly sync: () => Promise<ExchangeOutcome>
  /** Appends a note as commit n. */
  readonly append: (n: number, text: string, expectedVersion?: number) => Promise<void>
  /** Ids of the dead letters. */
  readonly letters: () => string[]
  readonly outbox: () => string[]
  readonly discarded: () => Promise<DiscardedRecord[]>
}

export async function refusingServer(): Promise<RefusingServer> {
  const server = new SyncServer()
  const disk = new MemoryDisk()
  const backend = new FaultyBackend(openMemoryStorage(disk))
  const store = await openStore({ disk, backend, authority: 'server' })
  const exchange = exchangeBetween(store, server)
  const world: RefusingServer = {
    ...{ server, disk, backend, store, forbidden: ['bad'], retryable: false },
    sync: () => exchange.run(0, new AbortController().signal),
    append: async (n, text, expectedVersion) => {
      const options = { id: uuid(n), ...(expectedVersion === undefined ? {} : { expectedVersion }) }
      await store.append(prepared(noted(text), options))
    },
    letters: () => [...store.known.deadLetters.keys()],
    outbox: () => store.known.pending.records.map(({ id }) => id),
    discarded: () => store.read((tx) => tx.read('discarded', {})),
  }
  server.rules = [
    ({ events }) => {
      const word = world.forbidden.find((each) => mentions(events, each))
      return word === undefined ? undefined : { code: `no-${word}`, message: 'Not allowed', retryable: world.retryable }
    },
  ]
  return world
}

export function exchangeBetween(store: EventStore, server: SyncServer, seed = 0xf0f0): Exchange {
  return new Exchange({
    ids: countingIds(seed),
    ...{ store, domain: 'notes 1', maxAttempts: 3 },
    transport: server.transport(),
    tokens: new TokenSource(undefined),
    clock: new VirtualClock(),
    random: seededRandom(1),
  })
}
