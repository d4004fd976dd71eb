import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { openTurnOf } from '../../src/store/begin-turn.ts'
import { compact } from '../../src/store/compact.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { turnBack } from '../../src/store/turn-back.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { everyStorageFault } from '../../src/testing/faults/every-storage-fault.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'
import { NOON } from '../support/virtual-clock.ts'

const always = () => true
const never = new AbortController().signal

/** A store that never synced, with so many commits of some events each. */
async function localStore(commits: number, disk = new MemoryDisk()): Promise<MemoryDisk> {
  const store = await openStore({ disk })
  for (let n = 1; n <= commits; n++) {
    const events = Array.from({ length: 1 + (n % 3) }, (_, index) => noted(`${n}.${index}`))
    await store.append(prepared(events, { id: uuid(n), stream: `s${n % 4}` }))
  }
  await store.close()
  return disk
}

/** What a reader finds at this moment: the confirmed texts, then the pending ones. */
async function readAll(disk: MemoryDisk): Promise<string[]> {
  const { confirmed, pending } = await readDisk(disk, 'server')
  const waiting = pending.flatMap(({ events }) => JSON.parse(`[${events.body}]`) as { data: { text: string } }[])
  return [...confirmed.flatMap(({ events }) => events.map(({ text }) => text)), ...waiting.map(({ data }) => data.text)]
}

async function synced(store: EventStore, server: SyncServer): Promise<void> {
  const exchange = exchangeBetween(store, server)
  for (let turn = 0; turn < 200; turn++) {
    const outcome = await exchange.run(store.known.meta.term, never)
    if (outcome.kind === 'succeeded' && !outcome.more) return
    if (outcome.kind === 'failed') throw new Error(outcome.problem.message)
  }
  throw new Error('It never ends')
}

describe('a local store that begins to sync', () => {
  it('is pushed with its ids and its commits whole, in its order, and what is appended meanwhile comes behind', async () => {
    const disk = await localStore(30)
    const texts = await readAll(disk)
    const store = await openStore({ disk, authority: 'server' })
    expect(store.known.meta).toMatchObject({ authority: 'server:', cursor: null })
    await store.append(prepared(noted('meanwhile'), { id: uuid(99) }))
    const server = new SyncServer()
    await synced(store, server)
    expect(await server.texts()).toEqual([...texts, 'meanwhile'])
    expect((await server.accepted()).map(({ id }) => id)).toEqual(
      [...Array(30).keys()].map((n) => uuid(n + 1)).concat(uuid(99)),
    )
    expect(server.requests.flatMap(({ commits }) => commits).every(({ expected }) => expected === undefined)).toBe(true)
    expect(store.known.pending.records).toEqual([])
    expect((await verifyStore(store)).ok).toBe(true)
  })

  it('has every event once, in order, between any two of its transactions', async () => {
    const disk = await localStore(60)
    const texts = await readAll(disk)
    const store = await openStore({ disk, authority: 'server' })
    const seen: number[] = []
    while (openTurnOf(store.known.meta) !== undefined) {
      let steps = 0
      await turnBack(store, () => steps++ < 2, NOON)
      expect(await readAll(disk)).toEqual(texts)
      seen.push(store.known.head)
    }
    expect(seen.length).toBeGreaterThan(10)
    expect(seen.at(-1)).toBe(0)
    const orders = store.known.pending.records.map(({ order }) => order)
    expect(orders).toEqual(orders.toSorted((a, b) => a - b))
    expect(store.known.meta.lowOrder).toBe(orders[0])
  })

  it('does so also where segments were merged and sealed', async () => {
    const disk = await localStore(40)
    const texts = await readAll(disk)
    const local = await openStore({ disk })
    await compact(local, { codec: syncGzip, after: 0, sealUpTo: local.known.head, isStopped: () => false })
    const store = await openStore({ disk, authority: 'server' })
    await turnBack(store, always, NOON)
    expect([store.known.head, await readAll(disk)]).toEqual([0, texts])
  })

  it('goes on from where it was, whatever storage operation fails', async () => {
    const texts = await readAll(await localStore(12))
    const struck = await everyStorageFault(async ({ wrap }) => {
      const disk = await localStore(12)
      const backend = wrap(openMemoryStorage(disk))
      try {
        const store = await openStore({ disk, backend, authority: 'server' })
        await turnBack(store, always, NOON)
        await store.append(prepared(noted('more'), { id: uuid(50) }))
      } catch {
        // The tab is gone; what it left is looked at.
      }
      const left = (await readAll(disk)).filter((text) => text !== 'more')
      expect(left).toEqual(texts)
      const again = await openStore({ disk, authority: 'server' })
      await turnBack(again, always, NOON)
      expect(again.known.head).toBe(0)
      expect((await readAll(disk)).filter((text) => text !== 'more')).toEqual(texts)
    })
    expect(struck.length).toBeGreaterThan(50)
  })

  it('leaves another tab, which was open without sync, right: what it appends waits', async () => {
    const disk = await localStore(8)
    const other = await openStore({ disk })
    const store = await openStore({ disk, authority: 'server' })
    await turnBack(store, always, NOON)
    expect(await other.append(prepared(noted('late'), { id: uuid(70) }))).toMatchObject({ position: undefined })
    expect((await readAll(disk)).at(-1)).toBe('late')
    const seqs = other.known.pending.records.map(({ seq }) => seq)
    expect(new Set(seqs).size).toBe(seqs.length)
  })

  it('keeps a segment that cannot be read, as it was, and offers the others', async () => {
    const disk = await localStore(6)
    const key = [...disk.tables.confirmed.records.keys()][2] ?? 0
    const damaged = disk.tables.confirmed.records.get(key)
    if (damaged === undefined) throw new Error('there is a third segment')
    disk.confirmed.put(key, { ...damaged, checksum: 1 })
    const store = await openStore({ disk, authority: 'server' })
    await turnBack(store, always, NOON)
    expect(store.known.pending.records.map(({ id }) => id)).toEqual([1, 2, 4, 5, 6].map(uuid))
    const [kept] = disk.tables.quarantine.records.values()
    expect(await store.quarantined()).toHaveLength(1)
    expect(kept).toMatchObject({ table: 'confirmed', key, repairedAt: undefined, record: { last: key } })
    const server = new SyncServer()
    await synced(store, server)
    await exchangeBetween(store, server).repair(store.known.meta.term, never, () => undefined)
    expect([...disk.tables.quarantine.records.values()]).toEqual([kept])
  })

  it('goes on noting what is missing, which no other log makes up for', async () => {
    const disk = await localStore(12)
    const keys = [...disk.confirmed.keys.inRange({})]
    const [first = 0, , , fourth = 0, fifth = 0, , , , , , eleventh = 0] = keys
    for (const key of [first, fourth, fifth, eleventh]) disk.confirmed.delete(key)
    const ranges = [
      [1, first],
      [(keys[2] ?? 0) + 1, fifth],
      [(keys[9] ?? 0) + 1, eleventh],
    ].map(([from, last]) => ({ first: from, last }))
    const server = new SyncServer()
    const store = await openStore({ disk, authority: 'server' })
    await synced(store, server)
    expect((await server.accepted()).map(({ id }) => id)).toEqual([2, 3, 6, 7, 8, 9, 10, 12].map(uuid))
    const exchange = exchangeBetween(store, server)
    // The new log has all these positions.
    for (let n = 20; n < 40; n++) await store.append(prepared(noted('more'), { id: uuid(n) }))
    await synced(store, server)
    await exchange.repair(store.known.meta.term, never, () => undefined)
    const { damaged } = await verifyStore(store)
    expect(damaged.map(({ range }) => range).sort((a, b) => (a?.first ?? 0) - (b?.first ?? 0))).toEqual(ranges)
    expect(damaged.map(({ repaired, reason }) => [repaired, reason])).toEqual(
      ranges.map(() => [false, 'it is missing']),
    )
  })

  it('opened without sync again is paused where it stands, and goes on later', async () => {
    const disk = await localStore(20)
    const texts = await readAll(disk)
    const store = await openStore({ disk, authority: 'server' })
    let steps = 0
    await turnBack(store, () => steps++ < 4, NOON)
    const paused = await openStore({ disk })
    expect(await paused.append(prepared(noted('offline'), { id: uuid(80) }))).toMatchObject({ position: undefined })
    expect(await readAll(disk)).toEqual([...texts, 'offline'])
    const server = new SyncServer()
    await synced(await openStore({ disk, authority: 'server' }), server)
    expect(await server.texts()).toEqual([...texts, 'offline'])
  })
})

describe('a server that lost the end of its log', () => {
  it('loses nothing that any device was told is stored, wherever the log is set back to', async () => {
    const move = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant('append' as const),
          by: fc.nat(1),
          stream: fc.nat(2),
          strict: fc.boolean(),
        }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('sync' as const), by: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('backup' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), newEpochs: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), by: fc.nat(1) }) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
        const server = new SyncServer()
        const disks = [new MemoryDisk(), new MemoryDisk()]
        const stores = await Promise.all(
          disks.map((disk, index) => openStore({ disk, authority: 'server', seed: index + 1 })),
        )
        let backup = server.backup()
        const stored = new Set<string>()
        for (const [index, each] of [...moves, { do: 'restore', newEpochs: true } as const].entries()) {
          const store = 'by' in each ? stores[each.by] : undefined
          if (each.do === 'backup') backup = server.backup()
          else if (each.do === 'restore') server.restore(backup, each)
          else if (each.do === 'sync') await synced(store as EventStore, server)
          else if (each.do === 'compact')
            await compact(store as EventStore, { codec: syncGzip, after: 0, sealUpTo: 0, isStopped: () => false })
          else {
            const id = uuid(1000 + index)
            const stream = `s${each.stream}`
            const version = (store as EventStore).known.pending.countInStream(stream)
            const strict = each.strict
              ? { expectedVersion: version + (await confirmedOf(store as EventStore, stream)) }
              : {}
            await (store as EventStore).append(prepared(noted(String(index)), { id, stream, ...strict }))
            stored.add(id)
          }
        }
        for (let round = 0; round < 2; round++) for (const store of stores) await synced(store, server)
        const accepted = (await server.accepted()).map(({ id }) => id)
        const letters = stores.flatMap((store) => [...store.known.deadLetters.keys()])
        const waiting = stores.flatMap((store) => store.known.pending.records.map(({ id }) => id))
        expect(new Set(accepted).size).toBe(accepted.length)
        expect(new Set([...accepted, ...letters, ...waiting])).toEqual(stored)
        for (const [index, disk] of disks.entries()) {
          expect((await readDisk(disk, 'server')).confirmed.map(({ id }) => id)).toEqual(accepted)
          expect((await verifyStore(stores[index] as EventStore)).ok).toBe(true)
        }
        // Only what stands on a dead letter waits.
        if (letters.length === 0) expect(waiting).toEqual([])
      }),
      { numRuns: thorough(60, 25) },
    )
  })
})

async function confirmedOf(store: EventStore, stream: string): Promise<number> {
  return store.read(async (tx, cache) => (await cache.confirmedVersions(tx, [stream])).get(stream) ?? 0)
}
