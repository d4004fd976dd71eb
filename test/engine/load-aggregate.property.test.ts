import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AnyAggregate, defineAggregate, defineDomain } from '../../src/domain.ts'
import { loadAggregate } from '../../src/engine/load-aggregate.ts'
import type { PreparedCommit } from '../../src/event/prepare-commit.ts'
import type { Snapshot, SnapshotStorage } from '../../src/snapshot/snapshot-storage.ts'
import { Snapshots } from '../../src/snapshot/snapshots.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { MemorySnapshots } from '../../src/storage/memory/memory-snapshots.ts'
import { compact } from '../../src/store/compact.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { Erased, Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { syncGzip } from '../support/sync-codec.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const nothing = (): void => undefined
const logger = { error: nothing, info: nothing, debug: nothing }
let folded = 0

/** Every text of its stream, so that one that is missing, twice or elsewhere shows. */
function journalOf(options: { every?: number; version?: number; events?: 'both' | 'notes' } = {}): AnyAggregate {
  const { every, version = 1, events = 'both' } = options
  const lines = { stream: (id: string) => id, initial: (): readonly string[] => [], commands: {} } as const
  const note = (state: readonly string[], { data }: { data: { text: string } }) => {
    folded++
    if (data.text === 'boom') throw new RangeError('boom')
    return [...state, `${version} ${data.text}`]
  }
  const snapshot = every === undefined ? {} : { snapshot: { every, version } }
  return events === 'notes'
    ? defineAggregate('journal', { ...lines, ...snapshot, events: [Noted], evolve: { Noted: note } })
    : defineAggregate('journal', {
        ...lines,
        ...snapshot,
        events: [Noted, Erased],
        evolve: { Noted: note, Erased: (state, { data }) => [...state, `-${data.text}`] },
      })
}
const { catalog } = defineDomain({ version: '1', events: [Noted, Erased] })

class Reader {
  readonly storage: SnapshotStorage
  snapshots: Snapshots

  constructor(storage: SnapshotStorage = new MemorySnapshots()) {
    this.storage = storage
    this.snapshots = new Snapshots({ storage, clock: new VirtualClock(), logger })
  }

  async load(store: EventStore, aggregate: AnyAggregate, id = 'a') {
    const loaded = await loadAggregate({ store, catalog, snapshots: this.snapshots }, aggregate, id, id)
    // What is to be kept is kept.
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    return loaded
  }

  stored = (): Promise<Snapshot | undefined> => this.storage.load('journal', 'a')
}

const plain = (store: EventStore, aggregate: AnyAggregate) =>
  loadAggregate({ store, catalog, snapshots: undefined }, aggregate, 'a', 'a')

type Step =
  | { readonly do: 'append'; readonly streams: readonly string[] }
  | { readonly do: 'confirm'; readonly count: number }
  | { readonly do: 'stranger'; readonly streams: readonly string[] }
  | { readonly do: 'reject' | 'compact' | 'repair' | 'load' | 'otherTab' }

const streams = fc.array(fc.constantFrom('a', 'a', 'b'), { minLength: 1, maxLength: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), streams }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('confirm' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('stranger' as const), streams }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('load', 'otherTab', 'reject', 'compact', 'repair') }) },
)

describe('loading with snapshots', () => {
  it('gives what loading without them gives, whatever the log, the distance and the way there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 6 }), async (steps, every) => {
        const disk = new MemoryDisk()
        const tabs = [await openStore({ disk, authority: 'server' }), await openStore({ disk, authority: 'server' })]
        const [store, other] = tabs as [EventStore, EventStore]
        const reader = new Reader()
        const aggregate = journalOf({ every })
        let texts = 0
        const commit = (given: readonly string[]): PreparedCommit =>
          prepared(given.map((stream) => Noted({ text: `${++texts}` }, { stream })))
        for (const each of steps) {
          const outbox = () => store.known.pending.records.map(({ id }) => id)
          if (each.do === 'append') await store.append(commit(each.streams))
          else if (each.do === 'confirm') await settle(store, { confirm: outbox().slice(0, each.count) })
          else if (each.do === 'stranger') await settle(store, { confirm: [commit(each.streams)] })
          else if (each.do === 'reject') await settle(store, { reject: outbox().slice(0, 1) })
          else if (each.do === 'compact') await compactAll(store)
          else if (each.do === 'repair') await repaired(store)
          else {
            const tab = each.do === 'load' ? store : other
            expect(await reader.load(tab, aggregate)).toEqual(await plain(tab, aggregate))
          }
        }
        const version = store.known.pending.countInStream('a')
        const end = await reader.load(other, aggregate)
        expect(end).toEqual(await plain(store, aggregate))
        expect(end.version).toBeGreaterThanOrEqual(version)
        const kept = await reader.stored()
        expect(kept === undefined || kept.position <= store.known.head).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  async function compactAll(store: EventStore): Promise<void> {
    await compact(store, { codec: syncGzip, after: 0, sealUpTo: store.known.head, isStopped: () => false })
  }
  /** What a repair says of the log: what was folded over it is void. */
  const repaired = (store: EventStore) =>
    store.transition((tx, { meta }) =>
      tx.put('meta', { ...meta, repairs: (meta.repairs ?? 0) + 1, generation: meta.generation + 1 }),
    )
})

describe('a snapshot', () => {
  it('is not believed when the log was set back and has gone on with something else, and gives its place to the next', async () => {
    const disk = new MemoryDisk()
    const reader = new Reader()
    const aggregate = journalOf({ every: 2 })
    const store = await filled(2, 'local', disk)
    const meta = disk.tables.meta.records.get('log')
    const kept = [...disk.confirmed.records]
    for (const text of ['3', '4']) await store.append(prepared(Noted({ text }, { stream: 'a' })))
    await reader.load(store, aggregate)
    expect((await reader.stored())?.position).toBe(4)
    for (const key of [...disk.confirmed.records.keys()]) disk.confirmed.delete(key)
    if (meta !== undefined) disk.tables.meta.put('log', meta)
    for (const [key, segment] of kept) disk.confirmed.put(key, segment)
    const back = await openStore({ disk })
    // Shorter than what was folded.
    expect(await reader.load(back, aggregate)).toEqual(await plain(back, aggregate))
    for (const text of ['x', 'y', 'z']) await back.append(prepared(Noted({ text }, { stream: 'a' })))
    // As long, and another.
    const again = await openStore({ disk })
    expect(await reader.load(again, aggregate)).toEqual(await plain(again, aggregate))
    expect(await reader.stored()).toMatchObject({ position: 5, streamVersion: 5 })
  })

  const filled = async (count: number, authority: 'local' | 'server' = 'local', disk = new MemoryDisk()) => {
    const store = await openStore({ disk, authority })
    for (let n = 1; n <= count; n++) await store.append(prepared(Noted({ text: `${n}` }, { stream: 'a' })))
    return store
  }
  const foldedBy = async (work: () => Promise<unknown>) => {
    folded = 0
    await work()
    return folded
  }

  it('is taken every n events, and then only what is behind it is folded', async () => {
    const [store, reader, aggregate] = [await filled(9), new Reader(), journalOf({ every: 10 })]
    await reader.load(store, aggregate)
    expect(await reader.stored()).toBeUndefined()
    await store.append(prepared(Noted({ text: '10' }, { stream: 'a' })))
    await reader.load(store, aggregate)
    expect(await reader.stored()).toMatchObject({ position: 10, streamVersion: 10, version: 1 })
    await store.append(prepared(Noted({ text: '11' }, { stream: 'a' })))
    expect(await foldedBy(() => reader.load(store, aggregate))).toBe(1)
    expect((await reader.stored())?.position).toBe(10)
    expect(await foldedBy(() => plain(store, aggregate))).toBe(11)
  })

  it('holds what is confirmed, and nothing that is pending', async () => {
    const [store, reader, aggregate] = [await filled(6, 'server'), new Reader(), journalOf({ every: 2 })]
    await settle(store, { confirm: store.known.pending.records.slice(0, 4).map(({ id }) => id) })
    expect((await reader.load(store, aggregate)).state).toHaveLength(6)
    expect((await reader.stored())?.state).toEqual(['1 1', '1 2', '1 3', '1 4'])
  })

  it.each<[string, (aggregate: AnyAggregate) => AnyAggregate, readonly string[]]>([
    ['of another version', () => journalOf({ every: 2, version: 2 }), ['2 1', '2 2', '2 3']],
    ['folded with other events', () => journalOf({ every: 2, events: 'notes' }), ['1 1', '1 2', '1 3']],
  ])('%s is not used', async (_what, change, expected) => {
    const [store, reader, aggregate] = [await filled(3), new Reader(), journalOf({ every: 2 })]
    await reader.load(store, aggregate)
    expect(await foldedBy(() => reader.load(store, change(aggregate)))).toBe(3)
    expect((await reader.load(store, change(aggregate))).state).toEqual(expected)
  })

  it.each<[string, Partial<Snapshot>]>([
    ['of another device', { device: 'another' }],
    ['of another authority', { authority: 'server:x' }],
    ['of a log that was repaired since', { repairs: -1 }],
    ['further on than the log', { position: 99 }],
    ['of another count of events than the log has', { streamVersion: 2 }],
  ])('%s is not used', async (_what, change) => {
    const [reader, aggregate, store] = [new Reader(), journalOf({ every: 3 }), await filled(3)]
    await reader.load(store, aggregate)
    const kept = await reader.stored()
    if (kept === undefined) return expect.unreachable('none was taken')
    const odd = new Reader()
    await odd.storage.save({ ...kept, state: ['odd'], ...change })
    expect(await odd.load(store, aggregate)).toMatchObject({ state: ['1 1', '1 2', '1 3'], version: 3 })
  })

  it('is not taken of a state that lacks an event that could not be read', async () => {
    const disk = new MemoryDisk()
    const store = await filled(4, 'local', disk)
    await store.transition(async (tx) => {
      const [second] = await tx.read('confirmed', { after: 1, limit: 1 })
      if (second !== undefined) await tx.put('confirmed', { ...second, checksum: 1 })
    })
    const [reader, aggregate] = [new Reader(), journalOf({ every: 2 })]
    expect(await reader.load(store, aggregate)).toMatchObject({ state: ['1 1', '1 3', '1 4'], version: 4 })
    expect(await reader.stored()).toBeUndefined()
  })

  it('that cannot be had, or kept, costs time only', async () => {
    const fails = async () => {
      throw new DOMException('no', 'UnknownError')
    }
    const broken = new Reader({ load: fails, save: fails, close: nothing })
    const clock = new VirtualClock()
    const silent = new Reader()
    silent.snapshots = new Snapshots({
      storage: { load: () => new Promise(nothing), save: () => new Promise(nothing), close: nothing },
      ...{ clock, logger },
    })
    const [store, aggregate] = [await filled(3), journalOf({ every: 1 })]
    expect((await broken.load(store, aggregate)).version).toBe(3)
    const waiting = silent.load(store, aggregate)
    await clock.advance(3000)
    expect((await waiting).version).toBe(3)
    const closing = silent.snapshots.close()
    await clock.advance(1000)
    await closing
  })

  it('of a state that is not plain data is not kept', async () => {
    const odd = defineAggregate('journal', {
      ...{ stream: (id) => id, events: [Noted], commands: {}, snapshot: { every: 1, version: 1 } },
      initial: () => ({ shout: () => 'no' }),
      evolve: { Noted: (state) => state },
    })
    const reader = new Reader()
    expect((await reader.load(await filled(2), odd)).version).toBe(2)
    expect(await reader.stored()).toBeUndefined()
  })

  it('is gone on from though compaction merged what it holds with what it does not', async () => {
    const [store, reader, aggregate] = [await filled(3), new Reader(), journalOf({ every: 3 })]
    await reader.load(store, aggregate)
    await store.append(prepared([noted('x'), Noted({ text: '4' }, { stream: 'a' })]))
    await compact(store, { codec: undefined, after: 0, sealUpTo: 0, isStopped: () => false })
    expect(await foldedBy(() => reader.load(store, aggregate))).toBe(1)
    expect((await reader.load(store, aggregate)).state).toEqual(['1 1', '1 2', '1 3', '1 4'])
  })

  it('is not needed for a stream of many pages', async () => {
    const store = await filled(70)
    const { state, version } = await plain(store, journalOf())
    expect([state, version]).toEqual([Array.from({ length: 70 }, (_, n) => `1 ${n + 1}`), 70])
  })
})
