import { IDBDatabase, IDBKeyRange } from 'fake-indexeddb'
import { afterEach, expect, it, vi } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { openDexieCheckpoints, openDexieSnapshots, openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { FaultyIndexedDB } from '../storage/faulty-indexeddb.ts'
import { journal, noted, notes } from '../support/notes.ts'
import { prepared } from '../support/prepared.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

afterEach(() => void vi.restoreAllMocks())

/** Time goes on until something has happened; IndexedDB answers in turns of its own. */
async function until(clock: VirtualClock, holds: () => boolean): Promise<void> {
  for (let round = 0; round < 300 && !holds(); round++) {
    await new Promise(setImmediate)
    await clock.advance(20)
  }
  expect(holds()).toBe(true)
}

it('C05: all that a session writes to the log is strict, and all that can be folded again is relaxed', async () => {
  const clock = new VirtualClock()
  const indexedDB = new FaultyIndexedDB()
  const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
  const server = new SyncServer()
  const engine = await Engine.open({
    domain: notes,
    platform: new VirtualMachine(1, clock).openTab(),
    place: 'notes',
    backend: await openDexieStorage('notes', { clock, indexedDB, IDBKeyRange }),
    checkpoints: openDexieCheckpoints('notes', { indexedDB, IDBKeyRange }),
    snapshots: openDexieSnapshots('notes', { indexedDB, IDBKeyRange }),
    sync: { transport: server.transport(), auth: undefined },
  })
  await engine.append(prepared(noted('a')))
  await until(clock, () => engine.known.head === 1)
  await engine.get(journal.name, '', 'all')
  const asked = () =>
    begin.mock.calls.flatMap(([tables, mode, options], index) => {
      const database: unknown = begin.mock.contexts[index]
      if (mode !== 'readwrite' || !(database instanceof IDBDatabase)) return []
      return [{ name: database.name, tables: [tables].flat(), options }]
    })
  await until(clock, () => asked().some(({ tables }) => tables.includes('checkpointStates')))
  const durabilities = (of: string) => [
    ...new Set(asked().flatMap(({ name, options }) => (name === of ? [options?.durability] : []))),
  ]
  expect([durabilities('notes'), durabilities('notes/derived')]).toEqual([['strict'], ['relaxed']])
  // The append, the leader's term and the exchange that confirmed it are among them.
  expect(asked().filter(({ name }) => name === 'notes').length).toBeGreaterThanOrEqual(3)
  await engine.close()
})
