import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  type AnyAggregate,
  defineAggregate,
  defineDomain,
  defineEvent,
  type EventOf,
  EventSourcedAggregate,
  from,
  type NewEvent,
  retireEvent,
} from '../../src/domain.ts'
import { foldStream, loadAggregate } from '../../src/engine/load-aggregate.ts'
import type { EventCatalog } from '../../src/event/catalog.ts'
import { Snapshots } from '../../src/snapshot/snapshots.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { MemorySnapshots } from '../../src/storage/memory/memory-snapshots.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { Device } from '../support/device.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Text = z.object({ text: z.string() })
const Before = z.object({ n: z.number(), notes: z.array(z.string()) })
const LoggedV1 = defineEvent('Logged', { schema: Before, stream: () => 'days' })
const Noted = defineEvent('Noted', { schema: Text, stream: () => 'days' })
const Logged = defineEvent('Logged', {
  version: 2,
  schema: z.object({ n: z.number() }),
  stream: () => 'days',
  upcast: {
    1: from(Before, [Noted], ({ n, notes }, current) => [current({ n }), ...notes.map((text) => Noted({ text }))]),
  },
})
const Remarked = defineEvent('Remarked', { schema: Text, stream: () => 'days' })
const Unasked = retireEvent('Remarked')
const Renamed = retireEvent('Remarked', { upcast: { 1: from(Text, [Noted], (old) => [Noted(old)]) } })

const texts = defineAggregate('texts', {
  ...{ stream: (id) => id, events: [Noted], commands: {}, snapshot: { every: 2, version: 1 } },
  initial: (): readonly string[] => [],
  evolve: { Noted: (all, { data }) => [...all, data.text] },
})
const number = {
  stream: (id: string) => id,
  initial: () => 0,
  commands: {},
  snapshot: { every: 2, version: 1 },
} as const
const sumBefore = defineAggregate('sum', {
  ...{ ...number, events: [LoggedV1] },
  evolve: { Logged: (sum, { data }) => sum + data.n },
})
const sum = defineAggregate('sum', {
  ...{ ...number, events: [Logged] },
  evolve: { Logged: (sum, { data }) => sum + data.n },
})
class Days extends EventSourcedAggregate('days', { stream: (id) => id, events: [Logged] }) {
  sum = 0
  protected when({ data }: EventOf<typeof Logged>): void {
    this.sum += data.n
  }
}

/** What each release of the app makes of the same log. */
const releases: readonly { catalog: EventCatalog; sum: AnyAggregate; isSplit: boolean; isRenamed: boolean }[] = [
  {
    catalog: defineDomain({ version: '1', events: [LoggedV1, Noted, Remarked] }).catalog,
    ...{ sum: sumBefore, isSplit: false, isRenamed: false },
  },
  {
    catalog: defineDomain({ version: '2', events: [Logged, Noted], retired: [Unasked] }).catalog,
    ...{ sum, isSplit: true, isRenamed: false },
  },
  {
    catalog: defineDomain({ version: '3', events: [Logged, Noted], retired: [Renamed] }).catalog,
    ...{ sum, isSplit: true, isRenamed: true },
  },
]
const [first, , last] = releases
if (first === undefined || last === undefined) throw new Error('There are releases')

interface Step {
  readonly do: 'Noted' | 'Remarked' | 'Logged' | 'confirm' | 'load'
  readonly notes: readonly string[]
  readonly release: number
}
const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('Noted', 'Remarked', 'Logged', 'confirm', 'load', 'load'),
  notes: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
  release: fc.nat(releases.length - 1),
})

describe('an aggregate whose events were split, renamed or retired after they were stored', () => {
  it('is folded of what its stream means in each release, from snapshots that any of them left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
        const disk = new MemoryDisk()
        const store = await openStore({ disk, authority: 'server' })
        const storage = new MemorySnapshots()
        const snapshots = new Snapshots({ storage, clock: new VirtualClock(), logger })
        const stored: Extract<Step['do'], 'Noted' | 'Remarked' | 'Logged'>[] = []
        const notesOf: (readonly string[])[] = []
        for (const { do: what, notes, release } of [...steps, ...releases.map((_, each) => loadBy(each))]) {
          const by = releases[release]
          if (by === undefined) throw new Error('There is one')
          if (what === 'confirm') {
            await settle(store, { confirm: store.known.pending.records.slice(0, 2).map(({ id }) => id) })
          } else if (what === 'load') {
            const { catalog, isSplit, isRenamed } = by
            const load = (aggregate: AnyAggregate) => loadAggregate({ store, catalog, snapshots }, aggregate, 's', 's')
            const said = stored.flatMap((type, index) => {
              if (type === 'Logged') return isSplit ? (notesOf[index] ?? []) : []
              return type === 'Noted' || isRenamed ? [`${index}`] : []
            })
            const total = stored.reduce((all, type, index) => (type === 'Logged' ? all + index : all), 0)
            expect(await load(texts)).toMatchObject({ state: said, version: stored.length })
            expect(await load(by.sum)).toMatchObject({ state: total, version: stored.length })
            // What is to be kept is kept.
            for (let turn = 0; turn < 5; turn++) await Promise.resolve()
          } else {
            const n = stored.push(what) - 1
            notesOf.push(notes)
            await append(store, eventOf(what, n, notes))
          }
        }
      }),
      { numRuns: 150 },
    )
  })
  const loadBy = (release: number): Step => ({ do: 'load', notes: [], release })
  const nothing = (): void => undefined
  const logger = { error: nothing, info: nothing, debug: nothing }
  const eventOf = (type: 'Noted' | 'Remarked' | 'Logged', n: number, notes: readonly string[]): NewEvent => {
    if (type === 'Logged') return LoggedV1({ n, notes: [...notes] }, { stream: 's' })
    return (type === 'Noted' ? Noted : Remarked)({ text: `${n}` }, { stream: 's' })
  }
  const append = (store: EventStore, event: NewEvent) => store.append(prepared(event, {}, first.catalog))

  it('is folded anew when another type begins to mean one of its events', async () => {
    const store = await openStore()
    for (const text of ['1', '2']) await append(store, Noted({ text }, { stream: 's' }))
    await append(store, Remarked({ text: '3' }, { stream: 's' }))
    const snapshots = new Snapshots({ storage: new MemorySnapshots(), clock: new VirtualClock(), logger })
    const stateIn = async ({ catalog }: { catalog: EventCatalog }) => {
      const { state } = await loadAggregate({ store, catalog, snapshots }, texts, 's', 's')
      // What is to be kept is kept.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
      return state
    }
    expect(await stateIn(first)).toEqual(['1', '2'])
    expect(await stateIn(last)).toEqual(['1', '2', '3'])
    expect(await stateIn(first)).toEqual(['1', '2'])
  })

  it('is folded on by what waits in its stream, of the same', () => {
    const { events } = prepared(
      [LoggedV1({ n: 3, notes: ['a', 'b'] }, { stream: 's' }), Remarked({ text: 'c' }, { stream: 's' })],
      {},
      first.catalog,
    )
    expect(foldStream(texts, last.catalog, 's', [], events)).toEqual(['a', 'b', 'c'])
    expect(foldStream(last.sum, last.catalog, 's', 1, events)).toBe(4)
  })

  it('gives a class, too, the events of its types alone', async () => {
    const device = new Device(1, new VirtualClock())
    const earlier = await device.openTab({ domain: defineDomain({ version: '1', events: [LoggedV1] }) })
    await earlier.append([LoggedV1({ n: 1, notes: ['a'] }), LoggedV1({ n: 2, notes: [] })])
    await earlier.close()
    const domain = defineDomain({ version: '2', events: [Logged, Noted], aggregates: [Days.definition] })
    const larder = await device.openTab({ domain })
    expect(await larder.load(Days, 'days')).toMatchObject({ sum: 3, version: 2 })
    await larder.close()
  })
})
