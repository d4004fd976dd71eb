import { beforeEach, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { NOTE_LIMITS } from '../../src/store/bound-notes.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { QuarantineRecord } from '../../src/store/records.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { repairDamage } from '../../src/sync/repair.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { SyncServer } from '../support/sync-server.ts'

const never = new AbortController().signal

let disk: MemoryDisk
let server: SyncServer
/** How many records each call has read of the quarantine. */
let reads: number[]

beforeEach(() => {
  disk = new MemoryDisk()
  server = new SyncServer()
  reads = []
})

const notesOn = () => [...disk.tables.quarantine.records.values()].sort((a, b) => (a.id < b.id ? -1 : 1))

function watched(inner: StorageBackend): StorageBackend {
  return {
    mode: inner.mode,
    close: () => inner.close(),
    transact: (mode, tables, work) =>
      inner.transact(mode, tables, (tx) =>
        work({
          get: (table, key) => tx.get(table, key),
          lastKey: (table) => tx.lastKey(table),
          readByIndex: (index, value, range) => tx.readByIndex(index, value, range),
          leastInIndex: (index, from, upTo) => tx.leastInIndex(index, from, upTo),
          put: (table, ...records) => tx.put(table, ...records),
          delete: (table, ...keys) => tx.delete(table, ...keys),
          read: async (table, range) => {
            const records = await tx.read(table, range)
            if (table === 'quarantine') reads.push(records.length)
            return records
          },
        }),
      ),
  }
}

const open = () => openStore({ disk, backend: watched(openMemoryStorage(disk)), authority: 'server' })
const repair = (store: EventStore) =>
  exchangeBetween(store, server).repair(store.known.meta.term, never, () => undefined)

/** So many commits, each in a segment of its own, that the server has. */
async function synced(commits: number): Promise<EventStore> {
  const store = await open()
  const exchange = exchangeBetween(store, server)
  for (let n = 1; n <= commits; n++) {
    await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
    for (let turn = 0; turn < 3; turn++) await exchange.run(store.known.meta.term, never)
  }
  expect([...disk.confirmed.keys.inRange({})]).toHaveLength(commits)
  return store
}

function spoil(key: number, checksum: number): void {
  const record = disk.confirmed.records.get(key)
  if (record === undefined) throw new Error(`There is a segment that ends at ${key}.`)
  disk.confirmed.put(key, { ...record, checksum })
}

/** As of years: all of it repaired. */
function fill(notes: number, record: unknown = undefined): void {
  for (let n = 1; n <= notes; n++) disk.tables.quarantine.put(`confirmed:${10_000 + n}`, old(n, record))
}

function old(n: number, record: unknown): QuarantineRecord {
  const key = 10_000 + n
  const range = { first: key, last: key }
  return { id: `confirmed:${key}`, table: 'confirmed', key, reason: 'old', at: n, range, repairedAt: n, record }
}

it('C30: where nothing is to be pulled again, what was noted is not read with each exchange', async () => {
  const store = await synced(3)
  fill(200)
  await repair(store)
  reads = []
  const exchange = exchangeBetween(store, server)
  for (let n = 4; n < 10; n++) {
    await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
    await exchange.run(store.known.meta.term, never)
    await repair(store)
  }
  expect(reads).toEqual([])
  await store.close()
})

it('C30: what another tab finds is pulled again by the one that leads, which has not met it', async () => {
  const leader = await synced(3)
  const other = await open()
  for (const key of [2, 3]) {
    spoil(key, 7)
    await other.readConfirmed(0, 20)
    await other.damages.written()
    await leader.refresh()
    expect(await repair(leader)).toBe(1)
    await other.refresh()
    await other.damages.load()
    expect(other.damages.all).toEqual([])
  }
  expect(await verifyStore(leader)).toMatchObject({ ok: true, events: 3 })
  await leader.close()
  await other.close()
})

it('C30: what was noted is read in parts, however much it is', async () => {
  fill(500)
  const store = await synced(3)
  spoil(2, 7)
  await store.readConfirmed(0, 20)
  await store.damages.written()
  expect(await repair(store)).toBe(1)
  await store.damages.load()
  expect(reads.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(1000)
  expect(Math.max(...reads)).toBeLessThanOrEqual(64)
  await store.close()
})

it('C30: of what was damaged at one place again and again, the last are kept, and the others counted', async () => {
  const store = await synced(3)
  for (let n = 1; n <= 10; n++) {
    spoil(2, n)
    await store.readConfirmed(0, 20)
    await store.damages.written()
    expect(await repair(store)).toBe(1)
  }
  const kept = NOTE_LIMITS.ofOnePlace
  const checksums = notesOn().map(({ record }) => (record as { checksum: number }).checksum)
  expect(checksums.toSorted((a, b) => a - b)).toEqual(Array.from({ length: kept }, (_, n) => 11 - kept + n))
  expect(notesOn().map(({ dropped = 0 }) => dropped)).toEqual([10 - kept, ...Array.from({ length: kept - 1 }, () => 0)])
  expect((await verifyStore(store)).damaged[0]).toMatchObject({ id: 'confirmed:2', repaired: true, dropped: 10 - kept })
  await store.close()
})

it('C30: all that was kept is bounded, the newest stay, and what nobody has again stays whatever it takes', async () => {
  const store = await synced(3)
  const mebibyte = 'x'.repeat(512 * 1024)
  const most = NOTE_LIMITS.bytes / 1024 / 1024
  fill(most + 4, { body: mebibyte })
  // Not repaired: of a log that was set back, and of an outbox.
  const aside = { ...old(0, { body: mebibyte }), repairedAt: undefined, id: 'confirmed:9000', key: 9000 }
  const waited = {
    ...old(0, { body: mebibyte }),
    repairedAt: undefined,
    id: 'pending:1',
    table: 'pending',
    key: 1,
  } as const
  for (const note of [aside, waited]) disk.tables.quarantine.put(note.id, note)
  spoil(2, 7)
  await store.readConfirmed(0, 20)
  await store.damages.written()
  expect(await repair(store)).toBe(1)
  const left = notesOn().map(({ id }) => id)
  expect(left).toEqual(
    expect.arrayContaining(['confirmed:2', 'confirmed:9000', 'pending:1', `confirmed:${10_000 + most + 4}`]),
  )
  const repaired = left.filter((id) => id.startsWith('confirmed:1000') || id.startsWith('confirmed:1001'))
  expect(repaired).toEqual(Array.from({ length: most - 1 }, (_, n) => `confirmed:${10_000 + 6 + n}`).sort())
  expect(notesOn().find(({ id }) => id === 'confirmed:2')).toMatchObject({ dropped: 5 })
  await store.close()
})

it('C30: so are the notes without a record', async () => {
  const store = await synced(3)
  fill(NOTE_LIMITS.notes + 10)
  spoil(2, 7)
  await store.readConfirmed(0, 20)
  await store.damages.written()
  expect(await repair(store)).toBe(1)
  expect(notesOn()).toHaveLength(NOTE_LIMITS.notes)
  expect(notesOn().find(({ id }) => id === 'confirmed:2')).toMatchObject({ dropped: 11 })
  await store.close()
})

it('C30: an open note beside many that are repaired is neither let go nor renamed', async () => {
  const store = await synced(4)
  fill(NOTE_LIMITS.notes)
  for (const key of [2, 4]) spoil(key, 7)
  await store.readConfirmed(0, 20)
  await store.damages.written()
  const [first] = store.damages.all
  if (first === undefined) throw new Error('It is found.')
  const ask = () => Promise.reject(new Error('No server.'))
  await expect(
    repairDamage(first, {
      store,
      domain: '',
      ask,
      term: store.known.meta.term,
      now: () => 1,
      onChanges: () => undefined,
    }),
  ).rejects.toThrow('No server.')
  expect(await repair(store)).toBe(2)
  expect(await verifyStore(store)).toMatchObject({ ok: true, events: 4 })
  await store.close()
})

it('C30: what was let go is forgotten by a tab that has not heard that it was repaired', async () => {
  const leader = await synced(3)
  const other = await open()
  spoil(2, 7)
  await other.readConfirmed(0, 20)
  await other.damages.written()
  await leader.refresh()
  expect(await repair(leader)).toBe(1)
  const [note] = notesOn()
  expect(note).toMatchObject({ id: 'confirmed:2', repairedAt: expect.any(Number) })
  disk.tables.quarantine.delete('confirmed:2')
  expect(other.damages.all.map(({ id }) => id)).toEqual(['confirmed:2'])
  await other.damages.load()
  expect(other.damages.all).toEqual([])
  await leader.close()
  await other.close()
})

it('C30: what is being noted while the notes are read is not forgotten', async () => {
  const store = await synced(3)
  for (const key of [1, 2, 3]) spoil(key, 7)
  await store.readConfirmed(0, 1)
  const loaded = store.damages.load()
  await store.readConfirmed(1, 1)
  await loaded
  await store.readConfirmed(2, 1)
  await store.damages.load()
  expect(store.damages.all.map(({ key }) => key).sort()).toEqual([1, 2, 3])
  await store.damages.written()
  await store.damages.load()
  expect(store.damages.all.map(({ key }) => key).sort()).toEqual([1, 2, 3])
  await store.close()
})
