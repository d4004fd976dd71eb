import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEvents } from '../../src/engine/read-events.ts'
import { readFeed } from '../../src/engine/read-feed.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { compact } from '../../src/store/compact.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { isSealed } from '../../src/store/sealed-events.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { Noted, notes } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { thorough } from '../support/thorough.ts'

type Step =
  | { readonly kind: 'append'; readonly tab: number; readonly sizes: readonly number[]; readonly stream: string }
  | { readonly kind: 'compact'; readonly tab: number; readonly old: number; readonly rounds: number }
  | { readonly kind: 'read'; readonly tab: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    tab: fc.nat(1),
    sizes: fc.oneof(
      fc.array(fc.constantFrom(1, 2, 30, 200, 600), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(20, 70).map((length) => Array.from({ length }, () => 1)),
    ),
    stream: fc.constantFrom('a', 'b', 'c'),
  }),
  fc.record({
    kind: fc.constant('compact' as const),
    tab: fc.nat(1),
    old: fc.constantFrom(0, 0.5, 1),
    rounds: fc.integer({ min: 1, max: 5 }),
  }),
  fc.record({ kind: fc.constant('read' as const), tab: fc.nat(1) }),
)

/** Follows the feed from wherever it stands, as a subscriber does while the log is rewritten under it. */
async function readOn(store: EventStore, feed: { cursor: string | undefined; texts: string[] }): Promise<void> {
  for (;;) {
    const request = { after: feed.cursor, types: undefined, stream: undefined, zone: 'all' as const }
    const batch = await readFeed(store, notes.catalog, request)
    feed.texts.push(...batch.events.map(({ data }) => (data as { text: string }).text))
    feed.cursor = batch.cursor
    if (batch.atEnd) return
  }
}

describe('compaction', () => {
  it('changes nothing that anybody reads, whenever it runs, in whichever tab', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), async (steps) => {
        const disk = new MemoryDisk()
        const tabs = [await openStore({ disk }), await openStore({ disk })] as const
        const written: { id: string; texts: string[] }[] = []
        const feeds = tabs.map(() => ({ cursor: undefined as string | undefined, texts: [] as string[] }))
        let count = 0
        for (const each of steps) {
          const tab = tabs[each.tab === 0 ? 0 : 1]
          if (each.kind === 'append') {
            for (const size of each.sizes) {
              const texts = Array.from({ length: size }, () => `note ${++count}`)
              const events = texts.map((text) => Noted({ text }, { stream: each.stream }))
              const { commitId } = await tab.append(prepared(events))
              written.push({ id: commitId, texts })
            }
          } else if (each.kind === 'compact') {
            let after: number | undefined = 0
            for (let round = 0; round < each.rounds && after !== undefined; round++) {
              const sealUpTo = Math.floor(tab.known.head * each.old)
              after = (await compact(tab, { codec: syncGzip, after, sealUpTo, isStopped: () => false })).next
            }
          } else await readOn(tab, feeds[each.tab === 0 ? 0 : 1] ?? { cursor: undefined, texts: [] })
        }
        const { confirmed } = await readDisk(disk)
        expect(confirmed.map(({ id, events }) => ({ id, texts: events.map(({ text }) => text) }))).toEqual(written)
        expect(confirmed.flatMap(({ events }) => events.map(({ position }) => position))).toEqual(
          Array.from({ length: count }, (_, index) => index + 1),
        )
        const all = written.flatMap(({ texts }) => texts)
        for (const [index, tab] of tabs.entries()) {
          const feed = feeds[index] ?? { cursor: undefined, texts: [] }
          await readOn(tab, feed)
          expect(feed.texts).toEqual(all)
          expect(await verifyStore(tab)).toMatchObject({
            ok: true,
            events: count,
            commits: written.length,
            damaged: [],
          })
        }
      }),
      { numRuns: thorough(60, 25) },
    )
  })

  it('merges what is small, seals what is old, and then has nothing more to do', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk })
    for (let n = 0; n < 1200; n++) await store.append(prepared(Noted({ text: `note ${n}` }, { stream: `s${n % 7}` })))
    expect(disk.confirmed.records.size).toBe(1200)
    const run = async (sealUpTo: number) => {
      let after: number | undefined = 0
      let work = 0
      while (after !== undefined) {
        const { merged, sealed, next } = await compact(store, {
          codec: syncGzip,
          after,
          sealUpTo,
          isStopped: () => false,
        })
        work += merged + sealed
        after = next
      }
      return work
    }
    expect(await run(600)).toBeGreaterThan(1000)
    const segments = [...disk.confirmed.records.values()]
    expect(segments.map(({ first, last, events }) => [first, last, isSealed(events)])).toEqual([
      [1, 512, true],
      [513, 1024, false],
      [1025, 1200, false],
    ])
    expect(await run(600)).toBe(0)
    expect(store.known.meta.compactedTo).toBe(512)
    await store.close()
  })

  it('keeps versions, and finds a commit by its id, in what it has sealed', async () => {
    const store = await openStore()
    const commit = prepared([Noted({ text: 'first' }, { stream: 'a' })], { id: uuid(1) })
    await store.append(commit)
    for (let n = 0; n < 600; n++) await store.append(prepared(Noted({ text: `${n}` }, { stream: 'a' })))
    await compact(store, { codec: syncGzip, after: 0, sealUpTo: 601, isStopped: () => false })
    expect((await store.find(uuid(1)))?.where).toBe('confirmed')
    await expect(store.append(commit, { lookUp: true })).resolves.toMatchObject({ position: 1 })
    const other = prepared([Noted({ text: 'other' }, { stream: 'a' })], { id: uuid(1) })
    await expect(store.append(other, { lookUp: true })).rejects.toMatchObject({ code: 'id-reused' })
    await expect(
      store.append(prepared(Noted({ text: 'x' }, { stream: 'a' }), { expectedVersion: 601 })),
    ).resolves.toMatchObject({ position: 602 })
    await store.close()
  })

  it('gives up what another tab has rewritten meanwhile, and loses nothing', async () => {
    const disk = new MemoryDisk()
    const [one, two] = [await openStore({ disk }), await openStore({ disk })]
    for (let n = 0; n < 1100; n++) await one.append(prepared(Noted({ text: `${n}` }, { stream: 'a' })))
    const round = (store: EventStore) =>
      compact(store, { codec: syncGzip, after: 0, sealUpTo: 1100, isStopped: () => false })
    await Promise.all([round(one), round(two)])
    expect(await verifyStore(two)).toMatchObject({ ok: true, events: 1100, commits: 1100 })
    await Promise.all([one.close(), two.close()])
  })

  it('between two reads of a page takes no event away from it, whatever its direction', async () => {
    const store = await openStore()
    for (let n = 1; n <= 200; n++) await store.append(prepared(Noted({ text: `${n}` }, { stream: 'a' })))
    const read = store.read.bind(store)
    let reads = 0
    store.read = async (work) => {
      if (++reads === 3) await compact(store, { codec: syncGzip, after: 0, sealUpTo: 0, isStopped: () => false })
      return read(work)
    }
    const page = await readEvents(store, notes.catalog, {
      stream: undefined,
      types: undefined,
      from: undefined,
      to: undefined,
      where: undefined,
      limit: 1000,
      direction: 'backward',
      after: undefined,
    })
    expect(page.events.map(({ position }) => position)).toEqual(Array.from({ length: 200 }, (_, index) => 200 - index))
  })

  it('stops between two steps when it is told to', async () => {
    const store = await openStore()
    for (let n = 0; n < 4; n++)
      await store.append(prepared(Array.from({ length: 400 }, (_, index) => Noted({ text: `${n} ${index}` }))))
    let asked = 0
    const result = await compact(store, { codec: syncGzip, after: 0, sealUpTo: 1600, isStopped: () => ++asked > 2 })
    expect(result).toMatchObject({ sealed: 2, next: 0 })
    await store.close()
  })
})
