import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Domain, defineDomain } from '../../src/domain.ts'
import { unpackEvents } from '../../src/event/packed-events.ts'
import { Projector } from '../../src/projection/projector.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { byDay, Erased, fragile, journal, Noted, noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { thorough } from '../support/thorough.ts'

type Layer = 'all' | 'confirmed'
type Command =
  | { readonly do: 'append'; readonly tab: 0 | 1; readonly notes: readonly (readonly string[])[] }
  /** Confirms the first of the outbox, with commits of strangers before and behind. */
  | { readonly do: 'confirm'; readonly own: number; readonly before: number; readonly behind: number }
  | { readonly do: 'reject'; readonly nth: number }
  | { readonly do: 'look'; readonly tab: 0 | 1 }
  | { readonly do: 'follow'; readonly tab: 0 | 1 }

const tab = fc.constantFrom<0 | 1>(0, 1)
const days = fc.subarray(['mon', 'tue', 'wed'])
const small = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(2))
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('append'), tab, notes: fc.array(days, { minLength: 1, maxLength: 3 }) }),
  fc.record({ do: fc.constant('confirm'), own: small, before: small, behind: small }),
  fc.record({ do: fc.constant('reject'), nth: fc.nat(5) }),
  fc.record({ do: fc.constant('look'), tab }),
  fc.record({ do: fc.constant('follow'), tab }),
)

let texts = 0
const commitOf = (each: readonly (readonly string[])[]) => prepared(each.map((on) => noted(`n${++texts}`, ...on)))

/** A tab that folds, and what somebody who is told of every touched key would see of it. */
class Tab {
  readonly store: EventStore
  readonly projector: Projector
  readonly seen = { all: new Map<string, unknown>(), confirmed: new Map<string, unknown>() }

  constructor(store: EventStore, domain: Domain) {
    this.store = store
    this.projector = new Projector(domain, store)
    this.projector.onTouched((projection, touched) => {
      if (projection !== 'byDay') return
      const states = this.projector.peek('byDay')
      if (states === undefined) return
      for (const layer of ['all', 'confirmed'] as const)
        for (const key of touched === 'all' ? states.keys(layer) : touched)
          this.seen[layer].set(key, states.state(key, layer))
    })
  }
}

/** @param eager whether the tabs fold from the beginning, or only when somebody looks */
async function run(history: readonly Command[], eager: boolean, domain: Domain) {
  const disk = new MemoryDisk()
  const open = async () => new Tab(await openStore({ disk, authority: 'server' }), domain)
  const tabs: readonly [Tab, Tab] = [await open(), await open()]
  const [leader] = tabs
  if (eager) for (const { projector } of tabs) await projector.ready('byDay')
  for (const each of history) {
    if (each.do === 'append') await tabs[each.tab].store.append(commitOf(each.notes))
    if (each.do === 'look') await tabs[each.tab].projector.ready('byDay')
    if (each.do === 'follow') await tabs[each.tab].store.refresh()
    if (each.do !== 'confirm' && each.do !== 'reject') continue
    await leader.store.refresh()
    const outbox = leader.store.known.pending.records.map(({ id }) => id)
    if (each.do === 'reject') await settle(leader.store, { reject: outbox.slice(each.nth, each.nth + 1) })
    else {
      const strangers = (count: number) => Array.from({ length: count }, () => commitOf([['mon'], ['tue', 'wed']]))
      const confirm = [...strangers(each.before), ...outbox.slice(0, each.own), ...strangers(each.behind)]
      await settle(leader.store, { confirm })
    }
  }
  return { disk, tabs }
}

/** The whole log, folded by hand. */
async function refold(disk: MemoryDisk, layer: Layer) {
  const { confirmed, pending } = await readDisk(disk, 'server')
  const segments = await (await openStore({ disk, authority: 'server' })).readConfirmed(0, Number.POSITIVE_INFINITY)
  expect(confirmed.length).toBeGreaterThanOrEqual(segments.length)
  const runs = [...segments, ...(layer === 'all' ? pending : [])]
  const data = runs.flatMap(({ events }) => unpackEvents(events)).map((event) => event.data)
  const journal: string[] = []
  const byDay = new Map<string, string[]>()
  for (const { text, days: on } of data as { text: string; days: string[] }[]) {
    journal.push(text)
    for (const day of on) byDay.set(day, [...(byDay.get(day) ?? []), text])
  }
  return { journal, byDay }
}

/** As an app is while it is made, and as it is shipped: then events are not frozen, and what is current is folded without being looked at. */
const domains = [true, false].map((development): [string, Domain] => [
  development ? 'development' : 'production',
  defineDomain({ version: 'notes 1', events: [Noted, Erased], projections: [journal, byDay, fragile], development }),
])

it.each(domains)(
  'what is folded bit by bit is what the whole log gives, in every tab and layer, and every change is told (%s)',
  async (_name, domain) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 14 }), fc.boolean(), async (history, eager) => {
        const { disk, tabs } = await run(history, eager, domain)
        for (const each of tabs) {
          await each.store.refresh()
          const states = await each.projector.ready('byDay')
          for (const layer of ['all', 'confirmed'] as const) {
            const oracle = await refold(disk, layer)
            expect(await each.projector.state('journal', '', layer)).toEqual(oracle.journal)
            for (const day of ['mon', 'tue', 'wed', 'thu']) {
              expect(states.state(day, layer)).toEqual(oracle.byDay.get(day) ?? [])
              expect(each.seen[layer].get(day) ?? []).toEqual(oracle.byDay.get(day) ?? [])
            }
            expect(states.keys(layer)).toEqual([...oracle.byDay.keys()].sort())
          }
          expect(each.projector.faults()).toEqual([])
        }
      }),
      { numRuns: thorough(150, 60) },
    )
  },
)
