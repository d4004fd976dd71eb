import { beforeEach, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { StoredSegment } from '../../src/store/records.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { SyncServer } from '../support/sync-server.ts'

const never = new AbortController().signal

let disk: MemoryDisk
let server: SyncServer

beforeEach(() => {
  disk = new MemoryDisk()
  server = new SyncServer()
})

const notesOn = () => [...disk.tables.quarantine.records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))

/** Answers the record as it lies there then. */
function spoil(key: number, checksum: number): StoredSegment {
  const record = disk.confirmed.records.get(key)
  if (record === undefined) throw new Error(`There is a segment that ends at ${key}.`)
  disk.confirmed.put(key, { ...record, checksum })
  return { ...record, checksum }
}

async function repair(store: EventStore): Promise<number> {
  await store.readConfirmed(0, 20)
  await store.damages.written()
  return exchangeBetween(store, server).repair(store.known.meta.term, never, () => undefined)
}

async function sync(store: EventStore): Promise<void> {
  const exchange = exchangeBetween(store, server)
  for (let turn = 0; turn < 20; turn++) await exchange.run(store.known.meta.term, never)
  expect(store.known.pending.records).toEqual([])
}

it('C30: a segment that is damaged again and again is kept each time as it was, and named by the last', async () => {
  const store = await openStore({ disk, authority: 'server' })
  for (const n of [1, 2, 3]) await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
  await sync(store)
  const [key = 0] = disk.confirmed.keys.inRange({})
  const kept: StoredSegment[] = []
  for (const checksum of [7, 8, 9]) {
    kept.push(spoil(key, checksum))
    expect(await repair(store)).toBe(1)
  }
  const id = `confirmed:${key}`
  expect(notesOn().map((note) => [note.id, note.record])).toEqual([
    [id, kept[2]],
    [`${id}#1`, kept[0]],
    [`${id}#2`, kept[1]],
  ])
  expect(await verifyStore(store)).toMatchObject({ ok: true, events: 3 })
  await store.close()
})

it('C30: what the log was set back behind stays kept and named, whatever is damaged in its place later', async () => {
  const local = await openStore({ disk })
  for (const n of [1, 2, 3]) await local.append(prepared(noted(`${n}`), { id: uuid(n) }))
  await local.close()
  const aside = spoil(2, 7)
  const store = await openStore({ disk, authority: 'server' })
  await sync(store)
  for (const n of [4, 5]) {
    await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
    await sync(store)
  }
  expect(await server.texts()).toEqual(['1', '3', '4', '5'])
  expect([...disk.confirmed.records.values()].map(({ first, last }) => [first, last])).toContainEqual([1, 2])
  const later = spoil(2, 8)
  await store.readConfirmed(0, 20)
  await store.damages.written()
  const named = () => Object.fromEntries(store.damages.all.map(({ id, isSetAside }) => [id, isSetAside]))
  expect(named()).toEqual({ 'confirmed:2': false, 'confirmed:2#1': true })
  expect((await verifyStore(store)).damaged.map(({ id }) => id).sort()).toEqual(['confirmed:2', 'confirmed:2#1'])
  expect(await repair(store)).toBe(1)
  expect(named()).toEqual({ 'confirmed:2#1': true })
  expect(notesOn()).toMatchObject([
    { id: 'confirmed:2', range: { first: 1, last: 2 }, record: later },
    { id: 'confirmed:2#1', range: { first: 2, last: 2 }, record: aside, repairedAt: undefined },
  ])
  expect(notesOn()[0]?.repairedAt).toBeTypeOf('number')
  const { damaged } = await verifyStore(store)
  expect(Object.fromEntries(damaged.map(({ id, repaired }) => [id, repaired]))).toEqual({
    'confirmed:2': true,
    'confirmed:2#1': false,
  })
  // Another tab, and the next session, name the same.
  await store.close()
  const again = await openStore({ disk, authority: 'server' })
  expect(again.damages.all.map(({ id }) => id)).toEqual(['confirmed:2#1'])
  await again.close()
})

it('C30: what was noted before the log was set back is noted once, with the record', async () => {
  const local = await openStore({ disk })
  for (const n of [1, 2, 3]) await local.append(prepared(noted(`${n}`), { id: uuid(n) }))
  const aside = spoil(2, 7)
  await local.readConfirmed(0, 9)
  await local.close()
  expect(notesOn()).toMatchObject([{ id: 'confirmed:2', record: undefined }])
  const store = await openStore({ disk, authority: 'server' })
  await sync(store)
  await store.damages.written()
  expect(notesOn()).toMatchObject([{ id: 'confirmed:2', record: aside, repairedAt: undefined }])
  await store.close()
})

it('C30: a commit of the outbox that is damaged where another was before is kept beside it', async () => {
  const store = await openStore({ disk, authority: 'server' })
  await store.append(prepared(noted('1'), { id: uuid(1) }))
  await store.close()
  const [record] = disk.tables.pending.records.values()
  if (record === undefined) throw new Error('It waits.')
  for (const checksum of [7, 8]) {
    disk.tables.pending.put(record.order, { ...record, checksum })
    await (await openStore({ disk, backend: openMemoryStorage(disk), authority: 'server' })).close()
  }
  expect(notesOn().map((note) => [note.id, note.record])).toEqual([
    ['pending:1', { ...record, checksum: 8 }],
    ['pending:1#1', { ...record, checksum: 7 }],
  ])
})
