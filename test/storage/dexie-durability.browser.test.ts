import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemClock as realClock } from '../../src/platform/system-clock.ts'
import { NATIVE_VERSION, SCHEMA_VERSION, TABLES } from '../../src/storage/dexie/schema.ts'
import { openDexieCheckpoints, openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { sampleMeta, samplePending } from '../../src/testing/contract/sample-records.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

let places = 0
const open = (name = `larder-durability-${places++}`) => openDexieStorage(name, { clock: realClock })

describe('in this browser', () => {
  it('C05: every write transaction is strict', async () => {
    const storage = await open()
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await storage.transact('write', ['meta', 'pending'], (tx) => tx.put('meta', sampleMeta()))
    await storage.transact('read', ['meta'], (tx) => tx.get('meta', 'log'))
    const durabilities = begin.mock.results.map(
      ({ value }) => value instanceof IDBTransaction && [value.mode, value.durability],
    )
    expect(durabilities).toEqual([
      ['readwrite', 'strict'],
      ['readonly', 'default'],
    ])
    await storage.close()
  })

  it('C05: what can be folded again is written relaxed', async () => {
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction')
    const checkpoints = openDexieCheckpoints(`larder-durability-${places++}`)
    const next = { projection: 'days', version: 1, device: 'd', authority: 'local', repairs: 0, build: 0, position: 1 }
    await checkpoints.save({ expected: undefined, next, states: [['mon', 1]], replaces: true })
    const written = begin.mock.results.flatMap(({ value }) =>
      value instanceof IDBTransaction && value.mode === 'readwrite' ? [value.durability] : [],
    )
    expect(written).toEqual(['relaxed'])
    checkpoints.close()
  })

  it('an append costs one transaction, and resolves after its complete event', async () => {
    const storage = await open()
    const order: string[] = []
    const real = IDBDatabase.prototype.transaction
    const begin = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...args
    ) {
      const native = real.apply(this, args)
      native.addEventListener('complete', () => order.push('complete'))
      return native
    })
    const append = storage.transact('write', ['meta', 'pending'], async (tx) => {
      await Promise.all([tx.get('meta', 'log'), tx.lastKey('pending')])
      await tx.put('pending', samplePending(1))
    })
    await append.then(() => order.push('resolved'))
    expect([order, begin.mock.calls.length]).toEqual([['complete', 'resolved'], 1])
    await storage.close()
  })

  it('a tab gives way to another that upgrades, and then says schema-too-new without a change', async () => {
    const name = `larder-upgrade-${places++}`
    const storage = await open(name)
    await storage.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(1)))
    const newer = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, NATIVE_VERSION + 10)
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
      request.onblocked = () => reject(new Error('The old tab is in the way'))
    })
    const read = storage.transact('read', ['pending'], (tx) => tx.lastKey('pending'))
    await expect(read).rejects.toMatchObject({
      code: 'schema-too-new',
      details: { stored: SCHEMA_VERSION + 1, supported: SCHEMA_VERSION },
    })
    expect([newer.version, newer.objectStoreNames.length]).toEqual([NATIVE_VERSION + 10, Object.keys(TABLES).length])
    newer.close()
  })

  it('work that awaits something else than its transaction is told, not left half done in silence', async () => {
    const storage = await open()
    const write = storage.transact('write', ['pending'], async (tx) => {
      await tx.put('pending', samplePending(1))
      await new Promise((resolve) => setTimeout(resolve, 20))
      await tx.put('pending', samplePending(2))
    })
    await expect(write).rejects.toMatchObject({ code: 'internal' })
    await storage.close()
  })
})
