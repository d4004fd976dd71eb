import { IDBKeyRange } from 'fake-indexeddb'
import { beforeEach, describe, expect, it } from 'vitest'
import { systemClock as clock } from '../../src/platform/system-clock.ts'
import type { CheckpointHead } from '../../src/projection/checkpoint-storage.ts'
import { openIndexedDb } from '../../src/storage/dexie/dexie-backend.ts'
import { openCheckpoints } from '../../src/storage/dexie/dexie-checkpoints.ts'
import { type DatabaseMaker, dexieMaker } from '../../src/storage/dexie/make-databases.ts'
import { NATIVE_VERSION, TABLES } from '../../src/storage/dexie/schema.ts'
import { openDexieCheckpoints, openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { samplePending } from '../../src/testing/contract/sample-records.ts'
import { failureOf } from '../support/failure.ts'
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

  it('and cannot be loaded is storage-unavailable, leaves nothing behind, and is asked for again', async () => {
    const failure = await failureOf(() => openLog())
    expect(failure).toMatchObject({ code: 'storage-unavailable', cause: { name: 'TypeError' } })
    expect([asked, await namesIn()]).toEqual([1, []])
    await (await openLog(async () => dexieMaker)).close()
    expect(await namesIn()).toEqual(['larder'])
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
