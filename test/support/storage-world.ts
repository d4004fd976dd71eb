import { Engine } from '../../src/engine/engine.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { FaultyStorage } from '../../src/testing/faults/faulty-storage.ts'
import { byDay, journal, noted, notes } from './notes.ts'
import { prepared, uuid } from './prepared.ts'
import { ruleAgainst } from './rule-against.ts'
import { SyncServer } from './sync-server.ts'
import { VirtualClock } from './virtual-clock.ts'
import { VirtualMachine } from './virtual-platform.ts'

/**
 * An engine on a storage that can be made to fail, with a server that refuses notes with "wrong" in them. It has synced commit 1, has a dead letter of
 * commit 2, and two projections that are folded and kept.
 */
export async function storageWorld() {
  const clock = new VirtualClock()
  const server = new SyncServer()
  const disk = new MemoryDisk()
  const checkpoints = new MemoryCheckpoints()
  const machine = new VirtualMachine(1, clock)
  const storage = new FaultyStorage(openMemoryStorage(disk))
  server.rules = [ruleAgainst('wrong', { code: 'no', message: 'No', retryable: false })]
  const open = (backend: StorageBackend = openMemoryStorage(disk)) =>
    Engine.open({
      ...{ domain: notes, platform: machine.openTab(), backend, checkpoints, place: 'notes' },
      sync: { transport: server.transport(), auth: undefined },
    })
  const engine = await open(storage)
  const append = (n: number, text: string) => engine.append(prepared(noted(text, 'mon'), { id: uuid(n) }))
  await append(1, 'first')
  await append(2, 'wrong one')
  await clock.advance(1000)
  await engine.get(journal.name, '', 'all')
  await engine.get(byDay.name, 'mon', 'all')
  // Compaction has looked what is to be done, and checkpoints are saved.
  await clock.advance(10_000)
  return { clock, server, disk, checkpoints, storage, engine, open, append }
}

export type StorageWorld = Awaited<ReturnType<typeof storageWorld>>
