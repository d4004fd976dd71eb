import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { compactSome, eventsOf, importAll, linesOf, strike } from '../support/damaged-logs.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { thorough } from '../support/thorough.ts'

const commits = fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 12,
})
const atOnce = fc.integer({ min: 1, max: 14 })

/** Each transaction begins when its turn is drawn. */
function inDrawnOrder(inner: StorageBackend, scheduler: fc.Scheduler, isDrawn: () => boolean): StorageBackend {
  return {
    mode: 'custom',
    async transact(mode, tables, work) {
      if (isDrawn()) await scheduler.schedule(Promise.resolve())
      return inner.transact(mode, tables, work)
    },
    close: () => inner.close(),
  }
}

it('C30: a log is what it was, however imports of one backup of it, appends and compaction overtake each other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        before: commits,
        later: fc.array(fc.array(fc.constantFrom('a', 'd'), { minLength: 1, maxLength: 3 }), {
          minLength: 1,
          maxLength: 4,
        }),
        struck: fc.array(fc.record({ pick: fc.nat(99), isLost: fc.boolean() }), { minLength: 1, maxLength: 8 }),
        old: fc.constantFrom(0, 0.5, 1),
        sizes: fc.tuple(atOnce, atOnce),
        isOneTab: fc.boolean(),
        compacts: fc.boolean(),
        behind: fc.array(fc.constantFrom('a', 'b', 'd'), { maxLength: 4 }),
      }),
      fc.scheduler(),
      async ({ before, later, struck, old, sizes, isOneTab, compacts, behind }, scheduler) => {
        const disk = new MemoryDisk()
        let isDrawn = false
        const open = (seed: number) =>
          openStore({ disk, seed, backend: inDrawnOrder(openMemoryStorage(disk), scheduler, () => isDrawn) })
        const store = await open(1)
        const append = (streams: readonly string[]) =>
          store.append(prepared(streams.map((stream) => Noted({ text: '' }, { stream }))))
        for (const streams of before) await append(streams)
        await compactSome(store, store.known.head * old)
        const lines = await linesOf(store)
        const end = store.known.head
        for (const streams of later) await append(streams)
        const whole = await eventsOf(store)
        const inBackup = lines.length - 2
        let lost = new Set<string>()
        for (const { pick, isLost } of struck) {
          const keys = [...disk.confirmed.keys.inRange({ upTo: end })]
          const key = keys[pick % Math.max(1, keys.length)] ?? 0
          lost = new Set([...lost, ...(disk.confirmed.records.get(key)?.commits.ids ?? [])])
          strike(disk, key, isLost)
        }
        const one = await open(2)
        const other = isOneTab ? one : await open(3)
        const compactor = await open(4)
        const appendBehind = async () => {
          for (const stream of behind) await append([stream])
        }
        isDrawn = true
        const done = Promise.all([
          importAll(one, lines, sizes[0]),
          importAll(other, lines, sizes[1]),
          appendBehind(),
          ...(compacts ? [compactSome(compactor, store.known.head * old)] : []),
        ])
        await scheduler.waitFor(done)
        isDrawn = false
        const [first, second] = await done
        await store.refresh()
        const events = await eventsOf(store)
        expect(events.slice(0, whole.length)).toEqual(whole)
        expect(events.slice(whole.length).map(([, , , stream]) => stream)).toEqual(behind)
        expect(await verifyStore(store)).toMatchObject({ ok: true, uncounted: 0, events: whole.length + behind.length })
        expect(first.commits + second.commits).toBe(lost.size)
        for (const told of [first, second]) expect(told.commits + told.known).toBe(inBackup)
        for (const each of new Set([store, one, other, compactor])) await each.close()
      },
    ),
    { numRuns: thorough(1000, 60) },
  )
})

/** Runs something between any two steps of the storage of an import of these lines, one after the other. */
async function betweenSteps(
  start: () => Promise<{
    disk: MemoryDisk
    lines: readonly string[]
    between: () => Promise<unknown>
    end: () => Promise<void>
  }>,
): Promise<void> {
  let steps = 1
  for (let at = 1; at <= steps; at++) {
    const { disk, lines, between, end } = await start()
    const backend = openMemoryStorage(disk)
    let step = Number.NEGATIVE_INFINITY
    const one = await openStore({
      disk,
      seed: 3,
      backend: {
        ...{ mode: 'custom', close: () => backend.close() },
        async transact(mode, tables, work) {
          if (++step === at) await between()
          return backend.transact(mode, tables, work)
        },
      },
    })
    step = 0
    await importAll(one, lines, 1000)
    steps = step
    await end()
    await one.close()
  }
  expect(steps).toBeGreaterThan(10)
}

it.each([
  ['the first of its stream since', false],
  ['one of several', true],
])('C30: what is put back counts in what is appended meanwhile, between whatever two steps: %s', async (_, isLater) => {
  await betweenSteps(async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk, seed: 1 })
    const append = (tab: EventStore, stream: string) => tab.append(prepared(Noted({ text: '' }, { stream })))
    for (const stream of ['a', 'b', 'a', 'a', 'c', 'a']) await append(store, stream)
    const lines = await linesOf(store)
    const whole = await eventsOf(store)
    await store.close()
    strike(disk, 2, true)
    strike(disk, 5, false)
    const other = await openStore({ disk, seed: 2 })
    if (isLater) for (const stream of ['b', 'c']) await append(other, stream)
    return {
      ...{ disk, lines },
      between: async () => {
        for (const stream of ['c', 'b', 'c']) await append(other, stream)
      },
      end: async () => {
        await other.refresh()
        expect((await eventsOf(other)).slice(0, whole.length)).toEqual(whole)
        expect(await verifyStore(other)).toMatchObject({ ok: true, uncounted: 0, events: isLater ? 11 : 9 })
        await other.close()
      },
    }
  })
})

it.each([1, 4, 1000])(
  'C30: so it does in what another import puts back meanwhile, %s lines at a time',
  async (atOnce) => {
    await betweenSteps(async () => {
      const disk = new MemoryDisk()
      const store = await openStore({ disk, seed: 1 })
      const append = (stream: string) => store.append(prepared(Noted({ text: '' }, { stream })))
      for (const stream of ['a', 'b', 'a', 'b', 'c', 'b', 'c', 'a']) await append(stream)
      const lines = await linesOf(store)
      const whole = await eventsOf(store)
      strike(disk, 2, true)
      strike(disk, 4, false)
      for (const key of [6, 7]) strike(disk, key, true)
      await store.close()
      const other = await openStore({ disk, seed: 2 })
      // They count from what can be read.
      for (const stream of ['b', 'c']) await other.append(prepared(Noted({ text: '' }, { stream })))
      return {
        ...{ disk, lines },
        between: () => importAll(other, lines, atOnce),
        end: async () => {
          await other.refresh()
          expect((await eventsOf(other)).slice(0, whole.length)).toEqual(whole)
          expect(await verifyStore(other)).toMatchObject({ ok: true, uncounted: 0, events: 10 })
          await other.close()
        },
      }
    })
  },
)
