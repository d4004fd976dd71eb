import { beforeEach, describe, expect, it } from 'vitest'
import type { EventsRequest } from '../../src/engine/events-page.ts'
import { readEvents } from '../../src/engine/read-events.ts'
import { type FeedRequest, readFeed } from '../../src/engine/read-feed.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { openTurnOf } from '../../src/store/begin-turn.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { turnBack } from '../../src/store/turn-back.ts'
import { failureOf } from '../support/failure.ts'
import { noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { SyncServer } from '../support/sync-server.ts'
import { NOON } from '../support/virtual-clock.ts'

type Zone = FeedRequest['zone']

let server: SyncServer
let next: number

beforeEach(() => {
  server = new SyncServer()
  next = 1
})

const open = (disk = new MemoryDisk(), authority: 'local' | 'server' = 'server') =>
  openStore({ disk, authority, seed: next++ })

async function append(store: EventStore, ...texts: string[]): Promise<void> {
  for (const text of texts) await store.append(prepared(noted(text), { id: uuid(0x1000 + next++) }))
}

async function sync(store: EventStore): Promise<void> {
  const exchange = exchangeBetween(store, server, next++)
  for (let turn = 0; turn < 60; turn++) {
    const outcome = await exchange.run(store.known.meta.term, new AbortController().signal)
    if (outcome.kind === 'failed') throw new Error(outcome.problem.message)
    if (outcome.kind === 'succeeded' && !outcome.more) return
  }
  throw new Error('It never ends')
}

/** A reader that goes on from where it was, whatever happens to the log. */
function reader(store: EventStore, zone: Zone = 'all', start?: string) {
  const texts: string[] = []
  let after = start
  const read = async (most = Number.POSITIVE_INFINITY): Promise<string[]> => {
    for (let given = 0; ; ) {
      const batch = await readFeed(store, notes.catalog, { after, types: undefined, stream: undefined, zone })
      for (const event of batch.events) {
        if (given++ >= most) return texts
        texts.push((event.data as { text: string }).text)
        after = event.cursor
      }
      if (batch.events.length === 0 || given >= most) after = given >= most ? after : batch.cursor
      if (batch.atEnd) return texts
    }
  }
  return { texts, read, cursor: () => after }
}

const all = { stream: undefined, types: undefined, from: undefined, to: undefined, where: undefined } as const

/** Reads page by page, and does something in between. */
async function readPages(
  store: EventStore,
  direction: EventsRequest['direction'],
  between: (page: number) => Promise<void>,
): Promise<string[]> {
  const texts: string[] = []
  let after: string | undefined
  for (let page = 1; ; page++) {
    const answer = await readEvents(store, notes.catalog, { ...all, limit: 2, direction, after })
    texts.push(...answer.events.map(({ data }) => (data as { text: string }).text))
    after = answer.next
    if (after === undefined) return texts
    await between(page)
  }
}

describe('a feed', () => {
  describe.each<Zone>(['all', 'confirmed'])('of the zone %s', (zone) => {
    it('gives nothing twice and leaves nothing out when the server is restored, wherever it stands', async () => {
      for (let stop = 0; stop <= 5; stop++) {
        server.reset()
        const [ann, bob] = [await open(), await open()]
        await append(ann, 'a1')
        await sync(ann)
        const backup = server.backup()
        await append(bob, 'b1', 'b2')
        await sync(bob)
        await append(ann, 'a2')
        await sync(ann)
        await append(ann, 'a3')
        const feeds = [reader(ann, zone), reader(bob, zone)]
        for (const feed of feeds) await feed.read(stop)
        server.restore(backup)
        await append(bob, 'b3')
        for (const store of [bob, ann, bob]) {
          await sync(store)
          for (const feed of feeds) await feed.read(stop % 2 === 0 ? 1 : Number.POSITIVE_INFINITY)
        }
        for (const feed of feeds) {
          await feed.read()
          expect(feed.texts.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
        }
      }
    })

    it('goes on through two restores, one right behind the other', async () => {
      const [ann, bob] = [await open(), await open()]
      await append(ann, 'a1')
      await sync(ann)
      const backup = server.backup()
      await append(ann, 'a2', 'a3')
      await append(bob, 'b1')
      for (const store of [ann, bob, ann]) await sync(store)
      const feed = reader(ann, zone)
      await feed.read(2)
      server.restore(backup)
      await sync(bob)
      await sync(ann)
      await feed.read(1)
      server.restore(backup)
      await sync(ann)
      await sync(bob)
      await sync(ann)
      expect((await feed.read()).toSorted()).toEqual(['a1', 'a2', 'a3', 'b1'])
    })

    it('gives nothing twice when a local store begins to sync, wherever it stands, in between any two transactions', async () => {
      for (let stop = 0; stop <= 7; stop++) {
        server.reset()
        const disk = new MemoryDisk()
        const local = await open(disk, 'local')
        await append(local, ...['1', '2', '3', '4', '5', '6', '7'])
        const before = reader(local, zone)
        await before.read(stop)
        const store = await open(disk)
        // The same place, in a tab that opens it with sync.
        const feed = reader(store, zone, before.cursor())
        feed.texts.push(...before.texts)
        await append(store, '8')
        while (openTurnOf(store.known.meta) !== undefined) {
          let steps = 0
          await turnBack(store, () => steps++ < 2, NOON)
          await feed.read(1)
        }
        await sync(store)
        await feed.read()
        expect(feed.texts).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
      }
    })

    it('keeps what it knew of the old device id when the installation was copied, and takes the copy for a stranger', async () => {
      for (let stop = 0; stop <= 4; stop++) {
        server.reset()
        const disk = new MemoryDisk()
        const ann = await open(disk)
        await append(ann, 'a1', 'a2')
        await sync(ann)
        const copy = await open(disk.copy())
        const feed = reader(copy, zone)
        await append(copy, 'c3', 'c4')
        await feed.read(stop)
        await append(ann, 'a3', 'a4', 'a5')
        await sync(ann)
        await sync(copy)
        await feed.read(1)
        await append(copy, 'c5')
        await sync(copy)
        expect((await feed.read()).toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'c3', 'c4', 'c5'])
        expect(copy.known.meta.device).not.toBe(ann.known.meta.device)
      }
    })
  })

  it('from now on gives nothing of before when what was confirmed is confirmed again', async () => {
    const [ann, bob] = [await open(), await open()]
    await append(ann, 'a1')
    await append(bob, 'b1')
    for (const store of [ann, bob, ann]) await sync(store)
    server.reset()
    // Set back and not yet offered again.
    const exchange = exchangeBetween(ann, server, 77)
    for (let turn = 0; turn < 3; turn++) await exchange.run(0, new AbortController().signal)
    expect([ann.known.head, ann.known.pending.records.length]).toEqual([0, 2])
    const feed = reader(ann, 'all', 'now')
    expect(await feed.read()).toEqual([])
    await sync(ann)
    await append(ann, 'new')
    await sync(ann)
    expect(await feed.read()).toEqual(['new'])
  })
})

describe('pages of events', () => {
  it.each(['forward', 'backward'] as const)(
    'give each event once, %s, while a local store begins to sync between two of them',
    async (direction) => {
      const disk = new MemoryDisk()
      const texts = Array.from({ length: 11 }, (_, n) => `t${n}`)
      await append(await open(disk, 'local'), ...texts)
      const store = await open(disk)
      const read = await readPages(store, direction, async () => {
        let steps = 0
        await turnBack(
          store,
          () => openTurnOf(store.known.meta) !== undefined && store.known.head > 0 && steps++ < 2,
          NOON,
        )
      })
      expect(direction === 'forward' ? read : read.toReversed()).toEqual(texts)
    },
  )

  it('forward give each once over a restore; backward they say that they have to begin anew', async () => {
    const [ann, bob] = [await open(), await open()]
    await append(ann, 'a1', 'a2')
    await append(bob, 'b1', 'b2')
    for (const store of [ann, bob, ann]) await sync(store)
    const again = async (page: number): Promise<void> => {
      if (page !== 1) return
      server.reset()
      for (const store of [ann, bob, ann]) await sync(store)
    }
    expect((await readPages(ann, 'forward', again)).toSorted()).toEqual(['a1', 'a2', 'b1', 'b2'])
    expect(await failureOf(() => readPages(ann, 'backward', again))).toMatchObject({ code: 'cursor-foreign' })
  })
})
