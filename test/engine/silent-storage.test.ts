import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { beforeEach, describe, expect, it } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import type { Health } from '../../src/engine/health.ts'
import { type OpenEngineOptions, openEngine } from '../../src/engine/open-engine.ts'
import type { CheckpointChange } from '../../src/projection/checkpoint-storage.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { StorageWatch } from '../../src/store/storage-watch.ts'
import { FaultyStorage } from '../../src/testing/faults/faulty-storage.ts'
import { Device, watch } from '../support/device.ts'
import { byDay, noted, notes } from '../support/notes.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const never = () => new Promise<never>(() => undefined)

let clock: VirtualClock
let machine: VirtualMachine

beforeEach(() => {
  clock = new VirtualClock()
  machine = new VirtualMachine(1, clock)
})

/** How it ends, and in which second. */
async function endOf(asked: Promise<unknown>, seconds = 300): Promise<readonly [end: string, second: number]> {
  let end: string | undefined
  asked.then(
    () => {
      end = 'done'
    },
    ({ code }) => {
      end = code
    },
  )
  await clock.advance(0)
  for (let second = 0; second < seconds; second++) {
    if (end !== undefined) return [end, second]
    await clock.advance(1000)
  }
  return ['hangs', seconds]
}

const open = (more: Partial<OpenEngineOptions>) =>
  openEngine({
    ...{ domain: notes, platform: machine.openTab(), name: 'notes' },
    ...{ account: undefined, syncUrl: undefined, auth: undefined, maxAttempts: undefined },
    ...{ openStorage: async () => openMemoryStorage(new MemoryDisk()), fallbackStorage: undefined },
    createTransport: () => expect.unreachable('no sync'),
    ...more,
  })

/** The log of a tab, of which a transaction may be made to hang. */
async function openTab() {
  let storage: FaultyStorage | undefined
  let reconnected = 0
  const device = new Device(1, clock)
  const wrap = (backend: StorageBackend): StorageBackend => {
    storage = new FaultyStorage(backend)
    return Object.assign(storage, { reconnect: () => void reconnected++ })
  }
  const larder = await device.openTab({ wrap })
  await larder.append(noted('before'))
  await clock.advance(10_000)
  if (storage === undefined) throw new Error('it was not wrapped')
  return { larder, storage, device, reconnected: () => reconnected }
}

const texts = (events: readonly { readonly data: unknown }[]) =>
  events.map(({ data }) => (data as { text: string }).text)

describe('C21: a storage that stops answering in the middle of a session', () => {
  it.each(['begin', 'get', 'put'])('at %s: the append ends, nothing is stored, and the next is', async (at) => {
    const { larder, storage, reconnected } = await openTab()
    for (let nth = 1; storage.failed !== at; nth++) {
      storage.release()
      await clock.advance(60_000)
      storage.failNext(nth, 'hang')
      const [end, second] = await endOf(larder.append(noted('lost'), { id: uuid(nth) }))
      if (storage.failed !== at) continue
      expect(end).toBe('storage-timeout')
      expect(second).toBeGreaterThanOrEqual(20)
      expect(second).toBeLessThan(30)
    }
    expect(reconnected()).toBeGreaterThan(0)
    const before = texts((await larder.events()).events)
    storage.release()
    await clock.advance(60_000)
    await larder.append(noted('after'))
    expect(texts((await larder.events()).events)).toEqual([...before, 'after'])
    await larder.close()
  })

  it('where only the word is missing that it is stored: nobody knows until it was looked up', async () => {
    const { larder, storage } = await openTab()
    for (let nth = 1; storage.failed !== 'commit'; nth++) {
      storage.release()
      await clock.advance(60_000)
      storage.failNext(nth, 'hang')
      const [end] = await endOf(larder.append(noted('x'), { id: uuid(nth) }))
      if (storage.failed !== 'commit') continue
      // The page hears it, or that nobody said.
      expect(['storage-unavailable', 'timeout']).toContain(end)
      storage.release()
      await clock.advance(60_000)
      expect(await endOf(larder.append(noted('x'), { id: uuid(nth) }))).toEqual(['done', 0])
      const { events } = await larder.events()
      expect(events.filter(({ id }) => id === events.at(-1)?.id)).toHaveLength(1)
    }
    await larder.close()
  })

  it('for good: every call ends, and so does close', async () => {
    const { larder, storage } = await openTab()
    const health = watch<Health>(larder.health$)
    Object.assign(storage, { transact: never })
    const calls = {
      append: () => larder.append(noted('a')),
      events: () => larder.events(),
      verify: () => larder.verify(),
      compact: () => larder.compact(),
      letters: () => larder.deadLetters.list(),
      destroy: () => larder.destroy({ discardUnsynced: true }),
    }
    const ends = await Promise.all(
      Object.entries(calls).map(async ([name, call]) => [name, (await endOf(call(), 400))[0]]),
    )
    expect(Object.fromEntries(ends)).toEqual({
      ...{
        append: 'storage-timeout',
        events: 'storage-timeout',
        verify: 'storage-timeout',
        compact: 'storage-timeout',
      },
      // Known without asking.
      letters: 'done',
      destroy: 'storage-timeout',
    })
    await clock.advance(500)
    expect(health.last()?.storage).toMatchObject({ state: 'degraded', problem: { code: 'storage-timeout' } })
    health.stop()
    expect((await endOf(larder.close()))[0]).toBe('done')
    expect(clock.waiting).toBe(0)
  })

  it('is left its time as long as it answers', async () => {
    const slow = (backend: StorageBackend): StorageBackend => ({
      mode: 'custom',
      close: () => backend.close(),
      transact: (mode, tables, work) =>
        backend.transact(mode, tables, (tx) =>
          work({
            ...tx,
            get: async (...args: never[]) => {
              await new Promise<void>((resolve) => clock.after(15_000, resolve))
              return Reflect.apply(tx.get, tx, args)
            },
          } as typeof tx),
        ),
    })
    const backend = slow(openMemoryStorage(new MemoryDisk()))
    const watched = new StorageWatch(backend, { ...machine.openTab(), place: 'notes' })
    const work = watched.transact('read', ['meta'], async (tx) => {
      for (let turn = 0; turn < 10; turn++) await tx.get('meta', 'log')
    })
    expect(await endOf(work)).toEqual(['done', 150])
    await watched.close()
  })
})

describe('C21: opening', () => {
  it('ends where the first transaction is never answered', async () => {
    const openStorage = async () => ({ mode: 'custom', transact: never, close: never }) as const
    const [end, second] = await endOf(open({ openStorage }))
    expect(end).toBe('storage-timeout')
    expect(second).toBeLessThan(40)
  })

  it('takes no memory then, though the app asks for it: there is a log, and its tab may only be busy', async () => {
    const openStorage = async () => ({ mode: 'custom', transact: never, close: never }) as const
    const engine = open({ openStorage, fallbackStorage: async () => openMemoryStorage(new MemoryDisk()) })
    expect((await endOf(engine))[0]).toBe('storage-timeout')
  })

  it('ends where a storage of the app itself never opens', async () => {
    expect((await endOf(open({ openStorage: never })))[0]).toBe('storage-timeout')
  })

  it('ends beside a tab that stopped in the middle of a transaction, and works when that is gone', async () => {
    const indexedDB = new IDBFactory()
    const openStorage = (name: string) => openDexieStorage(name, { clock, indexedDB, IDBKeyRange })
    await (await openStorage('larder/notes')).close()
    const other = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('larder/notes')
      request.onsuccess = () => resolve(request.result)
    })
    let isHeld = true
    const tx = other.transaction(['meta'], 'readwrite')
    const hold = (): void => {
      if (isHeld) tx.objectStore('meta').get('log').onsuccess = hold
    }
    hold()
    expect((await endOf(open({ openStorage })))[0]).toBe('storage-timeout')
    isHeld = false
    const engine = open({ openStorage })
    expect((await endOf(engine))[0]).toBe('done')
    await (await engine).append(prepared(noted('a')))
    await (await engine).close()
  })
})

it('a rebuild ends where a save of its checkpoint is never answered', async () => {
  const checkpoints = new MemoryCheckpoints()
  const save = checkpoints.save.bind(checkpoints)
  let isLost = false
  checkpoints.save = (change: CheckpointChange) => (isLost ? never() : save(change))
  const backend = openMemoryStorage(new MemoryDisk())
  const engine = await Engine.open({ domain: notes, platform: machine.openTab(), backend, checkpoints, place: 'notes' })
  await engine.append(prepared(noted('a', 'mon')))
  await engine.get(byDay.name, 'mon', 'all')
  isLost = true
  const rebuilding = engine.projections.rebuild(byDay.name)
  await clock.advance(1000)
  isLost = false
  expect((await endOf(rebuilding))[0]).toBe('done')
  await engine.close()
})
