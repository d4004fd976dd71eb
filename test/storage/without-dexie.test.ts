import { IDBDatabase, IDBKeyRange } from 'fake-indexeddb'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openEngine } from '../../src/engine/open-engine.ts'
import type { Clock } from '../../src/platform/ports.ts'
import { systemClock as clock } from '../../src/platform/system-clock.ts'
import type { CheckpointHead } from '../../src/projection/checkpoint-storage.ts'
import { openIndexedDb } from '../../src/storage/dexie/dexie-backend.ts'
import { openCheckpoints } from '../../src/storage/dexie/dexie-checkpoints.ts'
import { type DatabaseMaker, dexieMaker } from '../../src/storage/dexie/make-databases.ts'
import { NATIVE_VERSION, TABLES } from '../../src/storage/dexie/schema.ts'
import { openDexieCheckpoints, openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { samplePending } from '../../src/testing/contract/sample-records.ts'
import { failureOf } from '../support/failure.ts'
import { notes } from '../support/notes.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'
import { FaultyIndexedDB } from './faulty-indexeddb.ts'

let indexedDB: FaultyIndexedDB
let asked: number
/** Cannot be loaded, as without a network. */
const missing = (): Promise<DatabaseMaker> => {
  asked++
  return Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
}
const factories = () => ({ indexedDB, IDBKeyRange })
const openLog = (maker = missing) => openIndexedDb('larder', { clock, maker, ...factories() })
const namesIn = async () => (await indexedDB.databases()).map(({ name }) => name)

interface OpenAll {
  readonly maker?: () => Promise<DatabaseMaker>
  readonly fallback?: boolean
  readonly clock?: Clock
}

/** With checkpoints beside the log, as a worker opens it. */
const openAll = ({ maker = async () => dexieMaker, fallback = false, clock: given = clock }: OpenAll = {}) =>
  openEngine({
    domain: notes,
    platform: new VirtualMachine(1, new VirtualClock()).openTab(),
    ...{ name: 'notes', account: undefined, syncUrl: undefined, auth: undefined, maxAttempts: undefined },
    openStorage: (name) => openIndexedDb(name, { clock: given, maker, ...factories() }),
    openCheckpoints: (name, mayMake) => openCheckpoints(name, { maker, mayMake, ...factories() }),
    fallbackStorage: fallback ? async () => openMemoryStorage() : undefined,
    createTransport: () => expect.unreachable('it does not sync'),
  })

beforeEach(() => {
  indexedDB = new FaultyIndexedDB()
  asked = 0
})

describe('what makes databases', () => {
  it('is not loaded for a log that is there', async () => {
    const made = await openDexieStorage('larder', { clock, ...factories() })
    await made.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(1)))
    await made.close()
    const storage = await openLog()
    expect(await storage.transact('read', ['pending'], (tx) => tx.read('pending', {}))).toEqual([samplePending(1)])
    expect(asked).toBe(0)
    await storage.close()
  })

  it('and cannot be loaded is worker-unavailable, leaves nothing behind, and is asked for again by who opens again', async () => {
    const failure = await failureOf(() => openLog())
    expect(failure).toMatchObject({ code: 'worker-unavailable', cause: { name: 'TypeError' } })
    expect([asked, await namesIn()]).toEqual([1, []])
    await (await openLog(async () => dexieMaker)).close()
    expect(await namesIn()).toEqual(['larder'])
  })

  it('and cannot be loaded is no reason to keep a log in memory', async () => {
    expect(await failureOf(() => openAll({ maker: missing, fallback: true }))).toMatchObject({
      code: 'worker-unavailable',
    })
  })

  it('and takes longer than IndexedDB may is waited for, a minute at most', async () => {
    const virtual = new VirtualClock()
    let load = (_maker: DatabaseMaker): void => undefined
    const slow = new Promise<DatabaseMaker>((resolve) => {
      load = resolve
    })
    const waitFor = (maker: Promise<DatabaseMaker>) => () => {
      asked++
      return maker
    }
    const opening = openIndexedDb('larder', { clock: virtual, maker: waitFor(slow), ...factories() })
    await vi.waitFor(() => expect(asked).toBe(1))
    await virtual.advance(30_000)
    load(dexieMaker)
    await (await opening).close()
    expect(await namesIn()).toEqual(['larder'])
    const never = failureOf(() =>
      openIndexedDb('other', { clock: virtual, maker: waitFor(new Promise(() => undefined)), ...factories() }),
    )
    await vi.waitFor(() => expect(asked).toBe(2))
    await virtual.advance(60_000)
    expect(await never).toMatchObject({ code: 'worker-unavailable' })
  })

  it('is not loaded for checkpoints that are there, and a log opens without those that are not', async () => {
    const first: CheckpointHead = {
      ...{ projection: 'days', version: 1, device: 'd', authority: 'local', repairs: 0, build: 0, position: 1 },
    }
    const without = openCheckpoints('larder', { maker: missing, ...factories() })
    await expect(without.load('days', 1)).rejects.toThrow('dynamically imported')
    without.close()
    const made = openDexieCheckpoints('larder', factories())
    await made.save({ expected: undefined, next: first, states: [['mon', 1]], replaces: true })
    made.close()
    asked = 0
    const checkpoints = openCheckpoints('larder', { maker: missing, ...factories() })
    expect((await checkpoints.load('days', 1)).stored?.head).toEqual(first)
    expect(asked).toBe(0)
    checkpoints.close()
    await expect(checkpoints.load('days', 1)).rejects.toThrow('closed')
  })
})

describe('a log that may not be opened', () => {
  const makeNewer = (name: string, version: number, tables: readonly string[]) =>
    new Promise<void>((resolve, reject) => {
      const request = indexedDB.open(name, version)
      request.onupgradeneeded = () => {
        for (const table of tables) request.result.createObjectStore(table, { keyPath: 'id' })
      }
      request.onsuccess = () => {
        request.result.close()
        resolve()
      }
      request.onerror = () => reject(request.error)
    })

  it.each([
    ['is', ['firsts', 'wanted', 'theirs']],
    ['is not', undefined],
  ])('leaves what lies beside it as it is, where that %s there', async (_is, derived) => {
    await makeNewer('larder/notes', NATIVE_VERSION + 10, ['meta', 'theirs'])
    if (derived !== undefined) await makeNewer('larder/notes/derived', 60, derived)
    const before = await indexedDB.databases()
    const virtual = new VirtualClock()
    // The log answers last.
    indexedDB.faults = ['hang']
    const failure = failureOf(() => openAll({ clock: virtual }))
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    expect(await indexedDB.databases()).toEqual(before)
    await virtual.advance(10_000)
    expect(await failure).toMatchObject({ code: 'schema-too-new' })
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    expect(await indexedDB.databases()).toEqual(before)
  })

  it('gives way to memory without making anything', async () => {
    indexedDB.faults = [{ fails: 'InvalidStateError' }]
    const engine = await openAll({ fallback: true })
    expect(engine.storageMode).toBe('memory')
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    expect(await namesIn()).toEqual([])
    await engine.close()
  })
})

it('a database of our version that lacks a table is refused, and nothing is changed', async () => {
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.open('larder', NATIVE_VERSION)
    request.onupgradeneeded = () => {
      for (const table of Object.keys(TABLES).slice(1)) request.result.createObjectStore(table)
    }
    request.onsuccess = () => {
      request.result.close()
      resolve()
    }
    request.onerror = () => reject(request.error)
  })
  expect(await failureOf(() => openLog(async () => dexieMaker))).toMatchObject({
    code: 'storage-failed',
    cause: { name: 'DataError' },
  })
  const found = indexedDB.opened.at(-1)
  expect(found?.objectStoreNames.length).toBe(Object.keys(TABLES).length - 1)
  // Whoever wants to delete it is not held up.
  expect(() => found?.transaction('pending')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
})

it.each(['closes without a word', 'throws once'])(
  'a connection to checkpoints that %s is opened again',
  async (how) => {
    const checkpoints = openDexieCheckpoints('larder', factories())
    await checkpoints.noteFirst('days')
    if (how === 'closes without a word') for (const database of indexedDB.opened) database.close()
    else
      vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
        throw new DOMException('closing', 'InvalidStateError')
      })
    expect(await checkpoints.first()).toBe('days')
    checkpoints.close()
    vi.restoreAllMocks()
  },
)

it.each(['made', 'found'])('checkpoints whose database was closed by force are read again: %s', async (how) => {
  if (how === 'found') {
    const made = openDexieCheckpoints('larder', factories())
    await made.noteFirst('days')
    made.close()
  }
  const checkpoints = openDexieCheckpoints('larder', factories())
  await checkpoints.noteFirst('days')
  indexedDB.forceClose()
  expect(await checkpoints.first()).toBe('days')
  // Another tab deletes it with its log.
  await new Promise((resolve) => {
    indexedDB.deleteDatabase('larder/derived').onsuccess = resolve
  })
  expect(await checkpoints.first()).toBeUndefined()
  checkpoints.close()
})
