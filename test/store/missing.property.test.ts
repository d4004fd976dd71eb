import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { readEvents } from '../../src/engine/read-events.ts'
import { readFeed } from '../../src/engine/read-feed.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { compact } from '../../src/store/compact.ts'
import { COMPACTION_LIMITS } from '../../src/store/compaction-plan.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { Positions } from '../../src/store/missing.ts'
import { isSealed, unsealEvents } from '../../src/store/sealed-events.ts'
import { verifyStore } from '../../src/store/verify.ts'
import type { Exchange } from '../../src/sync/exchange.ts'
import { Noted, noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { SyncServer } from '../support/sync-server.ts'
import { thorough } from '../support/thorough.ts'

const never = new AbortController().signal
const limits = { ...COMPACTION_LIMITS, events: 12, tailRun: 3 }

/** What is missing on a disk, from its records alone: between them, and up to where compaction says that it has been. */
function holesOn({ confirmed, tables }: MemoryDisk): Positions[] {
  let head = 0
  const holes: Positions[] = []
  for (const key of [...confirmed.keys.inRange({}), undefined]) {
    const end = key === undefined ? tables.meta.records.get('log')?.compactedTo : confirmed.records.get(key)?.first
    const last = key === undefined ? (end ?? 0) : (end ?? 0) - 1
    if (last > head) holes.push({ first: head + 1, last })
    head = key ?? head
  }
  return holes
}

const rangesOf = async (store: EventStore): Promise<(Positions | undefined)[]> =>
  (await store.quarantined()).map(({ range }) => range).sort((a, b) => (a?.first ?? 0) - (b?.first ?? 0))

async function compactSome(store: EventStore, sealUpTo: number, rounds = 9): Promise<void> {
  let after: number | undefined = 0
  for (let round = 0; round < rounds && after !== undefined; round++)
    after = (await compact(store, { codec: syncGzip, after, sealUpTo, limits, isStopped: () => false })).next
}

/** One way through the whole log, in pages; calls `between` after each. */
type Way = 'forward' | 'backward' | 'feed' | 'ahead' | 'verify'
const WAYS = ['forward', 'backward', 'feed', 'ahead', 'verify'] as const

async function readAll(store: EventStore, way: Way, limit: number, between: () => Promise<void>): Promise<void> {
  if (way === 'verify') await Promise.all([verifyStore(store), between()])
  if (way === 'ahead') {
    const pages = store.readAhead(0)
    while ((await pages.next()).length > 0) await between()
  }
  if (way === 'feed') {
    const request = { types: undefined, stream: undefined, zone: 'all' } as const
    let batch = await readFeed(store, notes.catalog, { ...request, after: undefined })
    while (!batch.atEnd) {
      await between()
      batch = await readFeed(store, notes.catalog, { ...request, after: batch.cursor })
    }
  }
  if (way !== 'forward' && way !== 'backward') return
  const all = { types: undefined, stream: undefined, from: undefined, to: undefined, where: undefined }
  let page = await readEvents(store, notes.catalog, { ...all, limit, direction: way, after: undefined })
  while (page.next !== undefined) {
    await between()
    page = await readEvents(store, notes.catalog, { ...all, limit, direction: way, after: page.next })
  }
}

const commits = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 25 })
const picks = fc.array(fc.nat(99), { maxLength: 4 })

it('C30: whoever reads all finds each hole and nothing else, whatever is compacted before and on the way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        sizes: commits,
        later: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 }),
        lost: picks,
        old: fc.constantFrom(0, 0.5, 1),
        way: fc.constantFrom(...WAYS),
        limit: fc.integer({ min: 1, max: 7 }),
        isFresh: fc.boolean(),
      }),
      async ({ sizes, later, lost, old, way, limit, isFresh }) => {
        const disk = new MemoryDisk()
        const [store, other] = [await openStore({ disk }), await openStore({ disk })]
        const append = (size: number) =>
          store.append(prepared(Array.from({ length: size }, () => Noted({ text: '' }, { stream: `s${size}` }))))
        for (const size of sizes) await append(size)
        await compactSome(other, store.known.head * old, 2)
        for (const pick of lost) {
          const keys = [...disk.confirmed.keys.inRange({})]
          disk.confirmed.delete(keys[pick % keys.length] ?? 0)
        }
        for (const size of later) await append(size)
        const expected = holesOn(disk)
        const reader = isFresh ? await openStore({ disk }) : store
        await readAll(reader, way, limit, () => compactSome(other, store.known.head * old, 1))
        await Promise.all([reader.close(), store.close(), other.close()])
        const after = await openStore({ disk })
        expect(await rangesOf(after)).toEqual(expected)
        expect(holesOn(disk)).toEqual(expected)
        const report = await verifyStore(after)
        expect(report.damaged.map(({ range }) => range)).toEqual(expected)
        await after.close()
      },
    ),
    { numRuns: thorough(600, 50) },
  )
})

/** The parts of a stream of which the versions say that events are missing: from behind one segment to before the next. */
async function gapsIn(stream: string, { confirmed }: MemoryDisk): Promise<Positions[]> {
  let [version, last] = [0, 0]
  const gaps: Positions[] = []
  for (const key of confirmed.keys.inRange({})) {
    const segment = confirmed.records.get(key)
    const index = segment?.events.streams.indexOf(stream) ?? -1
    if (segment === undefined || index === -1) continue
    const { streamOf } = isSealed(segment.events) ? await unsealEvents(segment.events, syncGzip) : segment.events
    const stated = segment.streamVersions[index] ?? 0
    const before = stated - streamOf.filter((each) => each === index).length
    if (before > version) gaps.push({ first: last + 1, last: segment.first - 1 })
    version = stated
    last = segment.last
  }
  return gaps
}

/** All of a stream, in pages; calls `between` after each. */
async function readStream(
  store: EventStore,
  { stream, direction, limit }: { stream: string; direction: 'forward' | 'backward'; limit: number },
  between: () => Promise<void>,
): Promise<(number | undefined)[]> {
  const request = { types: undefined, stream, from: undefined, to: undefined, where: undefined, limit, direction }
  let page = await readEvents(store, notes.catalog, { ...request, after: undefined })
  const positions = page.events.map(({ position }) => position)
  while (page.next !== undefined) {
    await between()
    page = await readEvents(store, notes.catalog, { ...request, after: page.next })
    positions.push(...page.events.map(({ position }) => position))
  }
  return direction === 'forward' ? positions : positions.reverse()
}

it('C30: whoever reads one stream looks where its versions say that events are missing, and nowhere else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        commits: fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 }), {
          minLength: 1,
          maxLength: 25,
        }),
        later: fc.array(fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
        lost: picks,
        old: fc.constantFrom(0, 0.5, 1),
        direction: fc.constantFrom('forward', 'backward'),
        limit: fc.integer({ min: 1, max: 7 }),
      }),
      async ({ commits, later, lost, old, direction, limit }) => {
        const disk = new MemoryDisk()
        const [store, other] = [await openStore({ disk }), await openStore({ disk })]
        const append = (streams: readonly string[]) =>
          store.append(prepared(streams.map((stream) => Noted({ text: '' }, { stream }))))
        for (const streams of commits) await append(streams)
        await compactSome(other, store.known.head * old, 2)
        for (const pick of lost) {
          const keys = [...disk.confirmed.keys.inRange({})]
          disk.confirmed.delete(keys[pick % keys.length] ?? 0)
        }
        for (const streams of later) await append(streams)
        const [holes, gaps] = [holesOn(disk), await gapsIn('a', disk)]
        const reader = await openStore({ disk })
        const looked = vi.spyOn(reader, 'readConfirmed')
        // What compaction comes by is found by that.
        const between = () => (lost.length === 0 ? compactSome(other, store.known.head * old, 1) : Promise.resolve())
        const positions = await readStream(reader, { stream: 'a', direction, limit }, between)
        expect(looked.mock.calls.length > 0).toBe(gaps.length > 0)
        const found = reader.damages.all
        for (const gap of gaps)
          expect(found.some(({ first, last }) => first <= gap.last && last >= gap.first)).toBe(true)
        for (const { first, last } of found) expect(holes).toContainEqual({ first, last })
        const all = await readStream(reader, { stream: 'a', direction: 'forward', limit: 1000 }, between)
        expect(positions).toEqual(all)
        await Promise.all([reader.close(), store.close(), other.close()])
      },
    ),
    { numRuns: thorough(600, 120) },
  )
})

type Step =
  | { readonly do: 'append' | 'theirs' | 'lose' | 'damage'; readonly pick: number }
  | { readonly do: 'sync' | 'repair' | 'compact' | 'read' | 'reopen'; readonly tab: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('append', 'theirs', 'lose', 'damage'), pick: fc.nat(99) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('sync', 'sync', 'repair', 'compact', 'read', 'reopen'),
      tab: fc.nat(1),
    }),
  },
)

it('C30: a synced store ends as the server has it, whatever is lost or damaged in the meantime', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const [disk, server] = [new MemoryDisk(), new SyncServer()]
      const openTab = async (): Promise<{ store: EventStore; exchange: Exchange }> => {
        const store = await openStore({ disk, authority: 'server' })
        return { store, exchange: exchangeBetween(store, server) }
      }
      const tabs = [await openTab(), await openTab()]
      const tabOf = (index: number) => tabs[index] ?? openTab()
      let count = 0
      const sync = async (index: number) => {
        const { store, exchange } = await tabOf(index)
        const outcome = await exchange.run(store.known.meta.term, never)
        expect(outcome.kind).toMatch(/succeeded|again/)
      }
      const repair = async (index: number) => {
        const { store, exchange } = await tabOf(index)
        // As the exchange in front of it does.
        await store.refresh()
        return exchange.repair(store.known.meta.term, never, () => undefined)
      }
      for (const each of steps) {
        const keys = [...disk.confirmed.keys.inRange({})]
        const key = 'pick' in each ? (keys[each.pick % Math.max(1, keys.length)] ?? 0) : 0
        const text = `${++count}`
        if (each.do === 'append')
          await (await tabOf(each.pick % 2)).store.append(prepared([noted(text), noted('more')]))
        if (each.do === 'theirs') await server.append(Noted({ text }, { stream: `s${each.pick % 3}` }))
        if (each.do === 'lose') disk.confirmed.delete(key)
        const record = disk.confirmed.records.get(key)
        if (each.do === 'damage' && record !== undefined) disk.confirmed.put(key, { ...record, checksum: 7 })
        if (each.do === 'sync') await sync(each.tab)
        if (each.do === 'repair') await repair(each.tab)
        if (each.do === 'compact') {
          const { store } = await tabOf(each.tab)
          await compactSome(store, store.known.head)
        }
        if (each.do === 'read') await verifyStore((await tabOf(each.tab)).store)
        if (each.do === 'reopen') {
          await tabs[each.tab]?.store.close()
          tabs[each.tab] = await openTab()
        }
      }
      for (let turn = 0; turn < 6; turn++) await sync(turn % 2)
      await verifyStore((await tabOf(0)).store)
      await repair(1)
      const { store } = await tabOf(0)
      const report = await verifyStore(store)
      expect(report).toMatchObject({ ok: true, uncounted: 0, pending: 0 })
      const events = (await store.readConfirmed(0, 1000)).flatMap(({ events }) => JSON.parse(`[${events.body}]`))
      expect(events.map(({ data }) => data.text)).toEqual(await server.texts())
      expect(holesOn(disk)).toEqual([])
      for (const tab of tabs) await tab.store.close()
    }),
    { numRuns: thorough(500, 50) },
  )
})
