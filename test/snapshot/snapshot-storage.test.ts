import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { openDexieCheckpoints, openDexieSnapshots } from '../../src/storage/dexie/with-dexie.ts'
import { MemorySnapshots } from '../../src/storage/memory/memory-snapshots.ts'
import { snapshotContract } from './snapshot-contract.ts'

snapshotContract('memory', () => {
  const snapshots = new MemorySnapshots()
  return () => snapshots
})

snapshotContract('Dexie on fake-indexeddb', () => {
  const indexedDB = new IDBFactory()
  return () => openDexieSnapshots('larder', { indexedDB, IDBKeyRange })
})

describe('the database of what can be folded again', () => {
  it('is upgraded from its first version; the checkpoints that it held do not count any more', async () => {
    const indexedDB = new IDBFactory()
    const head = { projection: 'days', version: 1, device: 'd', authority: 'local', repairs: 0, position: 1 }
    await new Promise<void>((resolve, reject) => {
      // As the first version left it.
      const request = indexedDB.open('larder/derived', 10)
      request.onerror = () => reject(request.error)
      request.onupgradeneeded = () => {
        request.result.createObjectStore('heads', { keyPath: 'projection' }).put(head)
        request.result.createObjectStore('states', { keyPath: ['projection', 'key'] })
      }
      request.onsuccess = () => {
        request.result.close()
        resolve()
      }
    })
    const snapshots = openDexieSnapshots('larder', { indexedDB, IDBKeyRange })
    expect(await snapshots.load('tasks', 'tasks-a')).toBeUndefined()
    const left = await openDexieCheckpoints('larder', { indexedDB, IDBKeyRange }).load('days', 1)
    expect(left).toEqual({ stored: undefined, others: [], wanted: 0 })
  })
})
