import { IDBKeyRange } from 'fake-indexeddb'
import { beforeEach, expect, it } from 'vitest'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import type { TableName } from '../../src/store/records.ts'
import { ManualClock } from '../../src/testing/time/manual-clock.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { FaultyIndexedDB, loseValue } from './faulty-indexeddb.ts'

let indexedDB: FaultyIndexedDB

beforeEach(() => {
  indexedDB = new FaultyIndexedDB()
})

const backendOf = () => openDexieStorage('larder', { clock: new ManualClock(), indexedDB, IDBKeyRange })

/** Five commits, in the streams s0 to s4, and a store that has not read them yet. */
async function withoutValue(authority: 'local' | 'server', table: TableName, key: number) {
  const first = await openStore({ backend: await backendOf(), authority })
  for (let n = 0; n < 5; n++) await first.append(prepared(noted(`${n}`, `day ${n}`), { stream: `s${n}` }))
  await first.close()
  const backend = await backendOf()
  loseValue(indexedDB, table, key)
  return { backend, store: await openStore({ backend, authority }) }
}

it('C30: a segment whose value the browser has lost is a hole: the rest is read, by number, by index and backward', async () => {
  const { backend, store } = await withoutValue('local', 'confirmed', 3)
  const segments = await store.readConfirmed(0, 10)
  expect(segments.map(({ first, last, events }) => [first, last, events.offsets.length])).toEqual([
    [1, 1, 1],
    [2, 2, 1],
    [3, 3, 0],
    [4, 4, 1],
    [5, 5, 1],
  ])
  expect(store.damages.all).toMatchObject([{ key: 3, first: 3, last: 3 }])
  const lasts = (range: object) =>
    backend.transact('read', ['confirmed'], async (tx) => ({
      read: (await tx.read('confirmed', range)).map(({ last }) => last),
      found: (await tx.readByIndex('types', 'Noted', range)).map(({ last }) => last),
    }))
  for (const [range, expected] of [
    [{}, [1, 2, 3, 4, 5]],
    [{ limit: 3 }, [1, 2, 3]],
    [{ after: 1, upTo: 4 }, [2, 3, 4]],
    [{ direction: 'backward' }, [5, 4, 3, 2, 1]],
    [{ direction: 'backward', limit: 3 }, [5, 4, 3]],
    [{ direction: 'backward', upTo: 4, limit: 2 }, [4, 3]],
  ] as const)
    expect(await lasts(range)).toEqual({ read: expected, found: expected })
  for (const stream of ['s2', 's4'])
    expect(await store.append(prepared(noted('more'), { stream }))).toMatchObject({ position: expect.any(Number) })
  await store.close()
})

it('C30: a commit of the outbox that the browser has lost is quarantined by its key, and the store opens with the others', async () => {
  const { store } = await withoutValue('server', 'pending', 3)
  expect(store.known.pending.records.map(({ order }) => order)).toEqual([1, 2, 4, 5])
  expect(await store.quarantined()).toMatchObject([{ id: 'pending:3', table: 'pending', key: 3 }])
  await store.append(prepared(noted('more')))
  expect(store.known.pending.records.map(({ order }) => order)).toEqual([1, 2, 4, 5, 6])
  await store.close()
})

it('the meta record has no stand-in: a store that has lost it does not open', async () => {
  const first = await openStore({ backend: await backendOf() })
  await first.close()
  const backend = await backendOf()
  loseValue(indexedDB, 'meta', 'log')
  await expect(openStore({ backend })).rejects.toMatchObject({ code: 'storage-failed' })
})
