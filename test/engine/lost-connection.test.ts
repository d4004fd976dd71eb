import { IDBDatabase, IDBKeyRange, type IDBTransaction } from 'fake-indexeddb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { faultyTransport } from '../../src/testing/faults/faulty-transport.ts'
import { FaultyIndexedDB, forceClose } from '../storage/faulty-indexeddb.ts'
import { watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { byDay, journal, noted, notes } from '../support/notes.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

afterEach(() => void vi.restoreAllMocks())

/** The engine on Dexie, with everything live that can be. */
async function opened(server?: SyncServer) {
  const clock = new VirtualClock()
  const indexedDB = new FaultyIndexedDB()
  const machine = new VirtualMachine(1, clock)
  const transport = server && faultyTransport(server.transport(), { clock })
  const larder = await openLarderInline(notes, {
    name: 'notes',
    platform: machine.openTab(),
    storage: (name) => openDexieStorage(name, { clock, indexedDB, IDBKeyRange }),
    ...(transport === undefined ? {} : { sync: { transport } }),
  })
  const view = watch(larder.view(journal))
  const day = watch(larder.view(byDay, 'mon'))
  const events = watch(larder.events$())
  const health = watch(larder.health$)
  const texts = () => events.all.map(({ data }) => (data as { text: string }).text)
  await pass(clock, 100)
  // However many it took to make the database.
  indexedDB.opens = 1
  return { clock, indexedDB, machine, larder, view, day, events, health, texts }
}

/** IndexedDB answers in turns of its own. */
async function pass(clock: VirtualClock, ms: number): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  await clock.advance(ms)
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
}

async function storedTexts(larder: Larder): Promise<string[]> {
  return (await larder.events({ limit: 1000 })).events.map(({ data }) => (data as { text: string }).text)
}

describe('a database that is closed by force', () => {
  it.each([false, true])(
    'C17: between operations is opened again once, and what is live goes on (synced: %s)',
    async (synced) => {
      const { clock, indexedDB, machine, larder, view, day, texts, health } = await opened(
        synced ? new SyncServer() : undefined,
      )
      const wanted: string[] = []
      for (let round = 1; round <= 5; round++) {
        indexedDB.forceClose()
        await larder.append(noted(`note ${round}`, 'mon'))
        wanted.push(`note ${round}`)
        await pass(clock, 1000)
        expect(indexedDB.opens).toBe(1 + round)
        expect([view.last(), day.last(), texts()]).toEqual([wanted, wanted, wanted])
      }
      expect(await storedTexts(larder)).toEqual(wanted)
      expect([health.last()?.storage.state, machine.errors]).toEqual(['ready', []])
      await larder.close()
    },
  )

  it('C17: in the middle of an append stores it once, and what is live goes on', async () => {
    const { clock, indexedDB, larder, view, day, texts, machine } = await opened()
    await larder.append(noted('before', 'mon'))
    await pass(clock, 100)
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const appended = larder.append(noted('during', 'mon'))
    for (let turn = 0; turn < 50 && begin.mock.results.length === 0; turn++) await Promise.resolve()
    const running: IDBTransaction | undefined = begin.mock.results.find(
      ({ value }) => value?.mode === 'readwrite',
    )?.value
    if (running === undefined) throw new Error('The append has not begun')
    running.abort()
    forceClose(running.db)
    await appended
    begin.mockRestore()
    await pass(clock, 100)
    await larder.append(noted('after', 'mon'))
    await pass(clock, 1000)
    const wanted = ['before', 'during', 'after']
    expect([view.last(), day.last(), texts(), await storedTexts(larder)]).toEqual([wanted, wanted, wanted, wanted])
    expect([indexedDB.opens, machine.errors]).toEqual([2, []])
    await larder.close()
  })
})

describe('a backing store that cannot be opened any more', () => {
  it('C22: degrades the store and deletes nothing; it is tried in bounds, and comes back with all that was stored', async () => {
    const warn = vi.spyOn(globalThis.console, 'warn').mockReturnValue()
    const { clock, indexedDB, machine, larder, view, texts, health } = await opened()
    await larder.append(noted('before'))
    await pass(clock, 10_000)
    indexedDB.fault = { fails: 'UnknownError' }
    indexedDB.forceClose()
    const opens = indexedDB.opens
    expect((await failureOf(() => larder.append(noted('lost')))).code).toBe('storage-unavailable')
    for (let second = 0; second < 300; second++) await pass(clock, 1000)
    expect(health.last()?.storage).toMatchObject({
      mode: 'indexeddb',
      state: 'degraded',
      problem: { code: 'storage-unavailable' },
    })
    // By the append twice, after 1, 3, 7, 15 and 31 s, and every 30 s from then on, with two tries each.
    expect(indexedDB.opens - opens).toBeLessThanOrEqual(2 * (2 + 14))
    expect(warn).not.toHaveBeenCalled()
    expect(machine.errors).toHaveLength(1)
    indexedDB.fault = undefined
    await pass(clock, 30_000)
    expect(health.last()?.storage).toMatchObject({ mode: 'indexeddb', state: 'ready', problem: undefined })
    await larder.append(noted('after'))
    await pass(clock, 1000)
    const wanted = ['before', 'after']
    expect([view.last(), texts(), await storedTexts(larder)]).toEqual([wanted, wanted, wanted])
    expect(indexedDB.deletes).toBe(0)
    await larder.close()
  })
})
