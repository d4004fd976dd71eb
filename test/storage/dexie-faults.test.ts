import { IDBDatabase, IDBKeyRange, IDBObjectStore, IDBTransaction } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { type DexieStorageOptions, openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { LAYOUT_VERSION } from '../../src/store/records.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { sampleMeta, samplePending } from '../../src/testing/contract/sample-records.ts'
import { ManualClock } from '../../src/testing/time/manual-clock.ts'
import { abortFor, FaultyIndexedDB, forceClose } from './faulty-indexeddb.ts'

const clock = new ManualClock()
let indexedDB: FaultyIndexedDB
let warn: MockInstance

beforeEach(() => {
  indexedDB = new FaultyIndexedDB()
  warn = vi.spyOn(globalThis.console, 'warn').mockReturnValue()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const open = (options: Partial<DexieStorageOptions> = {}): Promise<StorageBackend> =>
  openDexieStorage('larder', { clock, indexedDB, IDBKeyRange, ...options })
/** On a database that is there: making one takes an opening more. */
const openAgain = async (options: Partial<DexieStorageOptions> = {}): Promise<StorageBackend> => {
  await (await open(options)).close()
  indexedDB.opens = 0
  indexedDB.opened.length = 0
  return open(options)
}
const append = (storage: StorageBackend, order: number): Promise<void> =>
  storage.transact('write', ['meta', 'pending'], async (tx) => {
    await tx.get('meta', 'log')
    await tx.put('meta', sampleMeta({ nextOrder: order }))
    await tx.put('pending', samplePending(order))
  })
const orders = async (storage: StorageBackend): Promise<number[]> =>
  (await storage.transact('read', ['pending'], (tx) => tx.read('pending', {}))).map(({ order }) => order)
const failureOf = async (promise: Promise<unknown>): Promise<LarderError> => {
  const error: unknown = await promise.then(
    () => expect.unreachable('it did not fail'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof LarderError)) throw error
  return error
}

describe('durability', () => {
  it('C05: every write transaction is strict, and no reading one asks for anything', async () => {
    const storage = await open()
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await append(storage, 1)
    await storage.transact('write', ['deadLetters', 'discarded', 'confirmed'], async () => undefined)
    await orders(storage)
    expect(begin.mock.calls.map(([, mode, options]) => [mode, options?.durability])).toEqual([
      ['readwrite', 'strict'],
      ['readwrite', 'strict'],
      ['readonly', undefined],
    ])
  })
})

describe('a connection that is closed by force', () => {
  it('C17: is opened again exactly once for the next transaction, and nothing is lost or doubled', async () => {
    const storage = await openAgain()
    await append(storage, 1)
    indexedDB.forceClose()
    await append(storage, 2)
    expect(await orders(storage)).toEqual([1, 2])
    expect(indexedDB.opens).toBe(2)
  })

  it('C17: is opened again once for many transactions that find it closed together', async () => {
    const storage = await openAgain()
    indexedDB.forceClose()
    await Promise.all([1, 2, 3, 4, 5].map((order) => append(storage, order)))
    expect(await orders(storage)).toEqual([1, 2, 3, 4, 5])
    expect(indexedDB.opens).toBe(2)
  })

  it('C17: in the middle of a transaction, makes it run again from the start on a new connection', async () => {
    const storage = await openAgain()
    await append(storage, 1)
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const runs: number[] = []
    await storage.transact('write', ['pending'], async (tx) => {
      const last = await tx.lastKey('pending')
      await tx.put('pending', samplePending(2))
      runs.push(last ?? 0)
      if (runs.length === 1) cutOff(begin.mock.results[0]?.value)
      await tx.get('pending', 1)
    })
    expect(runs).toEqual([1, 1])
    expect(await orders(storage)).toEqual([1, 2])
    expect(indexedDB.opens).toBe(2)
  })

  it('C17: in the middle of a transaction and of its second run, rejects it as storage-unavailable', async () => {
    const storage = await open()
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    let runs = 0
    const failure = await failureOf(
      storage.transact('write', ['pending'], async (tx) => {
        await tx.put('pending', samplePending(1))
        cutOff(begin.mock.results.at(-1)?.value)
        runs++
        await tx.get('pending', 1)
      }),
    )
    expect([failure.code, runs]).toEqual(['storage-unavailable', 2])
    expect(await orders(storage)).toEqual([])
  })

  it('C17: while it commits, rejects and does not run it again, because it may be stored', async () => {
    const storage = await open()
    vi.spyOn(IDBTransaction.prototype, 'commit').mockImplementationOnce(function (this: IDBTransaction) {
      cutOff(this)
    })
    let runs = 0
    const failure = await failureOf(
      storage.transact('write', ['pending'], async (tx) => {
        runs++
        await tx.put('pending', samplePending(1))
      }),
    )
    expect([failure.code, runs]).toEqual(['storage-unavailable', 1])
    await append(storage, 2)
    expect(await orders(storage)).toEqual([2])
  })

  it('C17: refuses later transactions with the reason for which it cannot be opened again, until it can', async () => {
    const storage = await open()
    await append(storage, 1)
    indexedDB.forceClose()
    indexedDB.fault = { fails: 'UnknownError' }
    expect((await failureOf(append(storage, 2))).code).toBe('storage-unavailable')
    indexedDB.fault = undefined
    await append(storage, 3)
    expect(await orders(storage)).toEqual([1, 3])
  })
})

describe('closing', () => {
  it('leaves no connection open, also with transactions under way that were not begun', async () => {
    const storage = await openAgain()
    const running = [append(storage, 1), append(storage, 2)]
    await storage.close()
    await Promise.all(running)
    expect(indexedDB.opens).toBe(1)
    expect(() => indexedDB.opened[0]?.transaction('meta')).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    )
  })
})

describe('IDBDatabase.transaction that throws InvalidStateError', () => {
  for (const times of [1, 2, 3]) {
    it(`C18: ${times} times is recovered from by opening ${times} times`, async () => {
      const storage = await openAgain()
      refuseToBegin(times)
      await append(storage, 1)
      expect(await orders(storage)).toEqual([1])
      expect(indexedDB.opens).toBe(1 + times)
    })
  }

  it('C18: for ever is given up after three reopenings, as storage-unavailable, with nothing on the console', async () => {
    const storage = await openAgain()
    const begin = refuseToBegin(Number.POSITIVE_INFINITY)
    const failure = await failureOf(append(storage, 1))
    expect(failure.code).toBe('storage-unavailable')
    expect(failure.cause).toMatchObject({ name: 'InvalidStateError' })
    expect(indexedDB.opens).toBe(1 + 3)
    begin.mockRestore()
    await append(storage, 2)
    expect(await orders(storage)).toEqual([2])
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('a storage process that is lost', () => {
  it('C19: makes every transaction reject while it lasts, and none afterwards', async () => {
    const storage = await open()
    await append(storage, 1)
    const calls = ['get', 'getAll', 'put', 'delete', 'openCursor', 'openKeyCursor'] as const
    const lost = calls.map((call) =>
      vi.spyOn(IDBObjectStore.prototype, call).mockImplementation(function (this: IDBObjectStore) {
        abortFor(this.transaction, 'UnknownError')
        throw new DOMException('Connection to Indexed Database server lost', 'UnknownError')
      }),
    )
    expect((await failureOf(append(storage, 2))).code).toBe('storage-unavailable')
    expect((await failureOf(append(storage, 2))).code).toBe('storage-unavailable')
    expect((await failureOf(orders(storage))).code).toBe('storage-unavailable')
    const blind = storage.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(2)))
    expect((await failureOf(blind)).code).toBe('storage-unavailable')
    for (const call of lost) call.mockRestore()
    await append(storage, 3)
    expect(await orders(storage)).toEqual([1, 3])
    expect(storage.mode).toBe('indexeddb')
  })
})

describe('opening', () => {
  it('C21: that never answers is tried again after 10 s, and given up as storage-timeout after another 10', async () => {
    const virtual = new ManualClock()
    indexedDB.fault = 'hang'
    const failure = failureOf(open({ clock: virtual }))
    await until(() => indexedDB.opens === 1)
    await virtual.advance(9_999)
    await settle()
    expect(indexedDB.opens).toBe(1)
    await virtual.advance(1)
    await until(() => indexedDB.opens === 2)
    await virtual.advance(10_000)
    expect((await failure).code).toBe('storage-timeout')
    expect([indexedDB.opens, virtual.waiting]).toEqual([2, 0])
  })

  it('C21: that answers the second time works, and the first connection is closed when it arrives late', async () => {
    await (await openAgain()).close()
    const virtual = new ManualClock()
    indexedDB.faults = ['hang']
    const opening = open({ clock: virtual })
    await until(() => indexedDB.opens === 2)
    await virtual.advance(10_000)
    const storage = await opening
    await append(storage, 1)
    indexedDB.release()
    await until(() => indexedDB.opened.length === 3)
    await settle()
    const late = indexedDB.opened[2]
    expect(() => late?.transaction('meta')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    expect(await orders(storage)).toEqual([1])
  })

  it('C22: that always fails is storage-unavailable, and nothing is ever deleted', async () => {
    indexedDB.fault = { fails: 'UnknownError' }
    expect((await failureOf(open())).code).toBe('storage-unavailable')
    expect(indexedDB.deletes).toBe(0)
    indexedDB.fault = { fails: 'QuotaExceededError' }
    expect((await failureOf(open())).code).toBe('storage-full')
    expect(indexedDB.deletes).toBe(0)
  })

  it('C23: where there is no IndexedDB is storage-unavailable', async () => {
    vi.stubGlobal('indexedDB', undefined)
    expect((await failureOf(openDexieStorage('larder', { clock }))).code).toBe('storage-unavailable')
  })

  it('C23: where naming IndexedDB is forbidden is storage-unavailable', async () => {
    const forbidden = { get: () => refuse('SecurityError'), configurable: true }
    Object.defineProperty(globalThis, 'indexedDB', forbidden)
    try {
      const failure = await failureOf(openDexieStorage('larder', { clock }))
      expect(failure.code).toBe('storage-unavailable')
      expect(failure.cause).toMatchObject({ name: 'SecurityError' })
    } finally {
      Reflect.deleteProperty(globalThis, 'indexedDB')
    }
  })

  for (const fault of [{ throws: 'SecurityError' }, { fails: 'InvalidStateError' }, { fails: 'SecurityError' }]) {
    it(`C23: as in a private window, ${JSON.stringify(fault)}, is storage-unavailable`, async () => {
      indexedDB.fault = fault
      expect((await failureOf(open())).code).toBe('storage-unavailable')
    })
  }
})

describe('a full disk', () => {
  /** Told by the `abort` event of the transaction alone. */
  const fillDisk = () =>
    vi.spyOn(IDBTransaction.prototype, 'commit').mockImplementationOnce(function (this: IDBTransaction) {
      abortFor(this, 'QuotaExceededError')
    })

  it('C11: that only the abort tells of is storage-full, with what the browser says of usage, and nothing is stored', async () => {
    const storage = await openAgain({ estimate: async () => ({ usage: 90, quota: 100 }) })
    await append(storage, 1)
    fillDisk()
    const failure = await failureOf(append(storage, 2))
    expect([failure.code, failure.details]).toEqual(['storage-full', { usage: 90, quota: 100 }])
    expect(await orders(storage)).toEqual([1])
    await append(storage, 3)
    expect(await orders(storage)).toEqual([1, 3])
    expect(indexedDB.opens).toBe(1)
  })

  it('C13: is told without usage when the browser does not say it, or not within a second', async () => {
    const unknown = { usage: undefined, quota: undefined }
    const silent = await open({ estimate: () => Promise.reject(new TypeError('no')) })
    fillDisk()
    expect((await failureOf(append(silent, 1))).details).toEqual(unknown)
    const virtual = new ManualClock()
    const hanging = await open({ clock: virtual, estimate: () => new Promise(() => {}) })
    fillDisk()
    const failure = failureOf(append(hanging, 1))
    await until(() => virtual.waiting === 1)
    await virtual.advance(1000)
    expect((await failure).details).toEqual(unknown)
  })
})

describe('a disk that is full when the store opens', () => {
  const fillDisk = () =>
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })

  it('C13: is storage-full with what the browser says of usage', async () => {
    fillDisk()
    const failure = await failureOf(open({ estimate: async () => ({ usage: 99, quota: 100 }) }))
    expect([failure.code, failure.details]).toEqual(['storage-full', { usage: 99, quota: 100 }])
  })

  it.each<[string, () => Promise<never>, number]>([
    ['never answers', () => new Promise(() => {}), 1000],
    ['rejects', () => Promise.reject(new TypeError('no')), 0],
    [
      'throws',
      () => {
        throw new TypeError('no')
      },
      0,
    ],
    ['answers too late', () => new Promise((_, reject) => setTimeout(() => reject(new TypeError('no')))), 0],
  ])('C13: is storage-full without usage where the browser %s', async (_, estimate, waitMs) => {
    const clock = new ManualClock()
    fillDisk()
    const failure = failureOf(open({ clock, estimate }))
    if (waitMs > 0) {
      await until(() => clock.waiting === 1)
      await clock.advance(waitMs)
    }
    expect(await failure).toMatchObject({ code: 'storage-full', details: { usage: undefined, quota: undefined } })
    expect(clock.waiting).toBe(0)
  })
})

describe('another tab with another version', () => {
  const upgrade = (version: number, newStore?: string): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open('larder', version)
      request.onupgradeneeded = () => {
        if (newStore !== undefined) request.result.createObjectStore(newStore)
      }
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })

  it('that upgrades is not held up; afterwards transactions reject as schema-too-new, and nothing is changed', async () => {
    const storage = await open()
    await append(storage, 1)
    const newer = await upgrade((LAYOUT_VERSION + 1) * 10)
    const failure = await failureOf(append(storage, 2))
    expect([failure.code, failure.details]).toEqual([
      'schema-too-new',
      { stored: LAYOUT_VERSION + 1, supported: LAYOUT_VERSION },
    ])
    newer.close()
    expect((await failureOf(open())).code).toBe('schema-too-new')
    const after = await upgrade((LAYOUT_VERSION + 1) * 10)
    expect([after.version, after.objectStoreNames.length]).toEqual([(LAYOUT_VERSION + 1) * 10, 7])
  })

  it.each([10, 20])(
    'or another app with the same name at version %d is refused, and nothing is changed',
    async (version) => {
      const foreign = await upgrade(version, 'theirs')
      foreign.close()
      expect((await failureOf(open())).code).toBe('storage-failed')
      const after = await upgrade(version)
      expect([after.version, [...after.objectStoreNames]]).toEqual([version, ['theirs']])
    },
  )

  it('is let through when it wants to delete the database', async () => {
    const storage = await open()
    await append(storage, 1)
    await new Promise((resolve) => {
      indexedDB.deleteDatabase('larder').onsuccess = resolve
    })
    expect(await orders(storage)).toEqual([])
  })
})

describe('work that awaits something else than its transaction', () => {
  it('is reported as internal when it goes on after IndexedDB has committed', async () => {
    const storage = await open()
    const failure = await failureOf(
      storage.transact('write', ['pending'], async (tx) => {
        await tx.put('pending', samplePending(1))
        await settle()
        await tx.put('pending', samplePending(2))
      }),
    )
    expect(failure.code).toBe('internal')
    expect(await orders(storage)).toEqual([1])
  })
})

function refuseToBegin(times: number) {
  let left = times
  const real = IDBDatabase.prototype.transaction
  return vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
    // Dexie looks at the schema in a transaction of its own while it opens.
    if (args[1] !== 'readwrite' || left-- <= 0) return real.apply(this, args)
    return refuse('InvalidStateError')
  })
}

/** What a transaction meets whose connection is closed by force: an abort without a reason. */
function cutOff(transaction: IDBTransaction | undefined): void {
  if (transaction === undefined) throw new Error('There is no transaction')
  transaction.abort()
  forceClose(transaction.db)
}

function refuse(name: string): never {
  throw new DOMException('refused', name)
}

/** Lets what is under way in the event loop happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise(setImmediate)
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !holds(); turn++) await new Promise(setImmediate)
  expect(holds()).toBe(true)
}
