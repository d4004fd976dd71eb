import type { Logger } from '../../src/platform/ports.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { EventStore } from '../../src/store/event-store.ts'
import type { PendingRecord } from '../../src/store/records.ts'
import { recordedInSegment } from '../../src/store/segment.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { syncGzip } from './sync-codec.ts'
import { VirtualClock } from './virtual-clock.ts'
import { countingIds } from './virtual-platform.ts'

export interface StoreOptions {
  /** Several stores on one disk are several tabs. Default: a disk of its own. */
  readonly disk?: MemoryDisk
  readonly backend?: StorageBackend
  /** Default `'local'`. */
  readonly authority?: 'local' | 'server'
  readonly logger?: Logger
  /** Tells its ids, and with them the device's, from those of others. */
  readonly seed?: number
}

const nothing = (): void => undefined
const silent: Logger = { error: nothing, info: nothing, debug: nothing }

export function openStore({ disk = new MemoryDisk(), ...options }: StoreOptions = {}): Promise<EventStore> {
  return EventStore.open({
    backend: options.backend ?? openMemoryStorage(disk),
    clock: new VirtualClock(),
    ids: countingIds(options.seed ?? 0xfff0),
    codec: syncGzip,
    authority: options.authority ?? 'local',
    logger: options.logger ?? silent,
  })
}

export interface DiskContent {
  /** Confirmed commits in the order of their positions, with the positions of their events and the stream version after each. */
  readonly confirmed: readonly {
    readonly id: string
    readonly events: readonly { position: number; stream: string; text: string }[]
  }[]
  readonly pending: readonly PendingRecord[]
}

/** Everything on a disk, as a tab reads it that knows nothing yet. */
export async function readDisk(disk: MemoryDisk, authority: 'local' | 'server' = 'local'): Promise<DiskContent> {
  const store = await openStore({ disk, authority })
  const segments = await store.readConfirmed(0, 1_000_000)
  const confirmed: { id: string; events: { position: number; stream: string; text: string }[] }[] = []
  for (const { commitId, position = 0, stream, data } of segments.flatMap(recordedInSegment)) {
    if (confirmed.at(-1)?.id !== commitId) confirmed.push({ id: commitId, events: [] })
    confirmed.at(-1)?.events.push({ position, stream, text: (data as { text: string }).text })
  }
  const pending = [...store.known.pending.records]
  await store.close()
  return { confirmed, pending }
}

/** Every record of every table, to compare what is there before and after. */
export function dumpDisk(disk: MemoryDisk): Promise<unknown> {
  const tables = ['meta', 'confirmed', 'pending', 'deadLetters', 'discarded', 'quarantine'] as const
  return openMemoryStorage(disk).transact('read', tables, (tx) =>
    Promise.all(tables.map((table) => tx.read(table, {}))),
  )
}
