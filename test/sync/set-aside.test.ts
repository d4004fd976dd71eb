import { beforeEach, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { StoredSegment } from '../../src/store/records.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { SyncServer } from '../support/sync-server.ts'

const never = new AbortController().signal

let disk: MemoryDisk
let server: SyncServer
let transactions: number

beforeEach(() => {
  disk = new MemoryDisk()
  server = new SyncServer()
  transactions = 0
})

function open(): Promise<EventStore> {
  const inner = openMemoryStorage(disk)
  return openStore({
    authority: 'server',
    backend: {
      ...{ mode: 'custom', close: () => inner.close() },
      transact(mode, tables, work) {
        transactions++
        return inner.transact(mode, tables, work)
      },
    },
  })
}

/** What the server has of three commits, with two events each, lies in one segment. */
async function synced(): Promise<{ segment: StoredSegment; append: (n: number) => Promise<void> }> {
  const store = await open()
  const exchange = exchangeBetween(store, server)
  const run = async () => {
    for (let turn = 0; turn < 4; turn++) await exchange.run(store.known.meta.term, never)
  }
  const append = (n: number) => store.append(prepared([noted(`${n}`), noted(`${n}`)], { id: uuid(n) }))
  for (const n of [1, 2, 3]) await append(n)
  await run()
  const [segment] = [...disk.confirmed.records.values()]
  if (segment === undefined) throw new Error('The server has answered.')
  expect([segment.first, segment.last, [...segment.commits.counts]]).toEqual([1, 6, [2, 2, 2]])
  return {
    segment,
    append: async (n) => {
      await append(n)
      await run()
    },
  }
}

/** As if a log that had this at that place had been set back behind it. */
function setAside(key: number, record: Partial<StoredSegment>, first = key - 5): void {
  const id = `confirmed:${key}`
  disk.tables.quarantine.put(id, {
    ...{ id, table: 'confirmed', key, reason: 'x', at: 1, range: { first, last: key }, repairedAt: undefined, record },
  })
}

const openNotes = () =>
  [...disk.tables.quarantine.records.values()].flatMap(({ id, repairedAt }) => (repairedAt === undefined ? [id] : []))

async function settled(): Promise<readonly string[]> {
  const store = await open()
  await exchangeBetween(store, server).repair(store.known.meta.term, never, () => undefined)
  const named = store.damages.all.map(({ id }) => id)
  expect(named).toEqual(openNotes())
  await store.close()
  return named
}

it('C30: a part that was set aside is settled when all that it held is in the log again', async () => {
  const { segment } = await synced()
  setAside(1006, { ...segment, checksum: 7 })
  expect(await settled()).toEqual([])
})

it.each([
  [
    'names some of its commits only',
    ({ ids, counts, ...rest }) => ({ ...rest, ids: ids.slice(1), counts: counts.slice(1) }),
  ],
  ['names one twice', ({ ids, ...rest }) => ({ ...rest, ids: [ids[0], ids[0], ids[2]] })],
  ['names none', (commits) => ({ ...commits, ids: [], counts: new Uint32Array() })],
  ['names one that is strange', ({ ids, ...rest }) => ({ ...rest, ids: ['strange', ...ids.slice(1)] })],
  [
    'says another number of events',
    ({ counts, ...rest }) => ({ ...rest, counts: Uint32Array.of(1, 3, 2), seqs: counts }),
  ],
  ['has no numbers of events', ({ counts: _, ...rest }) => rest],
] as [string, (commits: StoredSegment['commits']) => object][])(
  'C30: a part that was set aside stays named where its table of commits %s',
  async (_, change) => {
    const { segment } = await synced()
    setAside(1006, { ...segment, commits: change(segment.commits) as StoredSegment['commits'] })
    expect(await settled()).toEqual(['confirmed:1006'])
  },
)

it('C30: so it does where something in front of it was missing as well', async () => {
  const { segment } = await synced()
  setAside(1006, segment, 1000)
  expect(await settled()).toEqual(['confirmed:1006'])
})

it('C30: a damaged record does not count as what has come back', async () => {
  const { segment } = await synced()
  setAside(1006, segment)
  disk.confirmed.put(6, { ...segment, checksum: 7 })
  expect(await settled()).toEqual(['confirmed:1006'])
})

it('C30: what was set aside is looked at again only where the log has changed, and all of it at once', async () => {
  const { segment, append } = await synced()
  const ids = [uuid(1), uuid(9), uuid(3)]
  for (let n = 1; n <= 50; n++) setAside(1000 * n, { ...segment, commits: { ...segment.commits, ids } })
  const store = await open()
  const exchange = exchangeBetween(store, server)
  const counted = async () => {
    await store.refresh()
    transactions = 0
    await exchange.repair(store.known.meta.term, never, () => undefined)
    return transactions
  }
  expect(await counted()).toBe(1)
  expect(await counted()).toBe(0)
  await append(4)
  expect(await counted()).toBe(1)
  expect(openNotes()).toHaveLength(50)
  await append(9)
  await counted()
  expect(openNotes()).toEqual([])
  expect(await counted()).toBe(0)
  await store.close()
})
