import { IDBKeyRange, IDBOpenDBRequest } from 'fake-indexeddb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { renewBrowserLog, renewEarly } from '../../src/platform/renew-browser-log.ts'
import { systemClock as realClock } from '../../src/platform/system-clock.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { ManualClock } from '../../src/testing/time/manual-clock.ts'
import { FaultyIndexedDB } from './faulty-indexeddb.ts'

const namesIn = async (indexedDB: IDBFactory) => (await indexedDB.databases()).map(({ name }) => name)

describe('a store on a browser that writes on in the log of a killed one', () => {
  const openOn = (indexedDB: IDBFactory, clock = realClock) =>
    openDexieStorage('larder', {
      ...{ clock, indexedDB, IDBKeyRange },
      renewLog: () => renewBrowserLog({ indexedDB, after: (ms, run) => clock.after(ms, run) }),
    })

  it('makes and deletes an empty database when it opens, and leaves none behind', async () => {
    const indexedDB = new FaultyIndexedDB()
    const storage = await openOn(indexedDB)
    expect(indexedDB.deletes).toBe(1)
    expect(await namesIn(indexedDB)).toEqual(['larder'])
    await storage.close()
  })

  it('does so again when its connection was lost, because a storage process that dies is a kill too', async () => {
    const indexedDB = new FaultyIndexedDB()
    const storage = await openOn(indexedDB)
    indexedDB.forceClose()
    await storage.transact('read', ['meta'], async (tx) => tx.get('meta', 'log'))
    expect(indexedDB.deletes).toBe(2)
    await storage.close()
  })

  it('opens all the same when the empty database cannot be made', async () => {
    const indexedDB = new FaultyIndexedDB()
    const open = indexedDB.open.bind(indexedDB)
    indexedDB.open = (name, version) => {
      if (name === 'larder') return open(name, version)
      throw new DOMException('refused', 'InvalidStateError')
    }
    const storage = await openOn(indexedDB)
    expect(indexedDB.deletes).toBe(0)
    await storage.close()
  })

  it('opens all the same, after a second, when nothing answers', async () => {
    const indexedDB = new FaultyIndexedDB()
    const clock = new ManualClock()
    const open = indexedDB.open.bind(indexedDB)
    const asked = new Promise<void>((resolve) => {
      indexedDB.open = (name, version) => {
        if (name === 'larder') return open(name, version)
        resolve()
        return new IDBOpenDBRequest()
      }
    })
    const opening = openOn(indexedDB, clock)
    await asked
    await clock.advance(1000)
    await (await opening).close()
  })

  it('is left alone on other browsers', async () => {
    const indexedDB = new FaultyIndexedDB()
    const storage = await openDexieStorage('larder', { clock: realClock, indexedDB, IDBKeyRange })
    expect(indexedDB.deletes).toBe(0)
    await storage.close()
  })
})

describe('a worker that loads its engine', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('renews the log meanwhile, once for the first store that opens, and anew for every other connection', async () => {
    const indexedDB = new FaultyIndexedDB()
    vi.stubGlobal('indexedDB', indexedDB)
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36' })
    const renewLog = renewEarly()
    await vi.waitFor(() => expect(indexedDB.deletes).toBe(1))
    const storage = await openDexieStorage('larder', { clock: realClock, indexedDB, IDBKeyRange, renewLog })
    expect(indexedDB.deletes).toBe(1)
    indexedDB.forceClose()
    await storage.transact('read', ['meta'], async (tx) => tx.get('meta', 'log'))
    expect(indexedDB.deletes).toBe(2)
    await storage.close()
  })

  it('renews it when the store opens where that came to nothing before', async () => {
    const indexedDB = new FaultyIndexedDB()
    await (await openDexieStorage('larder', { clock: realClock, indexedDB, IDBKeyRange })).close()
    vi.stubGlobal('indexedDB', indexedDB)
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36' })
    indexedDB.faults = [{ fails: 'UnknownError' }]
    const renewLog = renewEarly()
    const storage = await openDexieStorage('larder', { clock: realClock, indexedDB, IDBKeyRange, renewLog })
    expect(indexedDB.deletes).toBe(1)
    await storage.close()
  })

  it('leaves the log of other browsers alone', () => {
    const indexedDB = new FaultyIndexedDB()
    vi.stubGlobal('indexedDB', indexedDB)
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0' })
    expect(renewEarly()).toBeUndefined()
  })
})
