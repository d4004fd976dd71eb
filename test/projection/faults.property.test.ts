import fc from 'fast-check'
import { expect, it } from 'vitest'
import { defineDomain, defineProjection, type FaultPolicy } from '../../src/domain.ts'
import { unpackEvents } from '../../src/event/packed-events.ts'
import { createCheckpoints } from '../../src/projection/create-checkpoints.ts'
import type { Layer } from '../../src/projection/projection-states.ts'
import { Projector } from '../../src/projection/projector.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { Noted, noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** `!mon` throws where that day is folded, `?` where the days are asked for. */
function throwsAt(text: string, day?: string): boolean {
  return day === undefined ? text.includes('?') : text.includes(`!${day}`)
}

const DAYS = ['mon', 'tue', 'wed'] as const
const POLICIES: readonly FaultPolicy[] = ['stop', 'skip', 'park']

const projections = POLICIES.map((onFault) =>
  defineProjection(onFault, {
    version: 1,
    events: [Noted],
    key: ({ data }) => {
      if (throwsAt(data.text)) throw new RangeError('key')
      return data.days.map((day) => day)
    },
    initial: (): { readonly day: string; readonly texts: readonly string[] } => ({ day: '', texts: [] }),
    evolve: {
      Noted: ({ texts }, { data }) => {
        // The state does not know its key; the texts tell it.
        const next = [...texts, data.text]
        for (const day of DAYS) if (throwsAt(data.text, day) && data.days.includes(day)) throw new RangeError(day)
        return { day: '', texts: next }
      },
    },
    onFault,
  }),
)
const domain = defineDomain({ version: '1', events: [Noted], projections })

interface Note {
  readonly id: string
  readonly text: string
  readonly days: readonly string[]
}

/** The rules of the three policies, event by event. */
function foldByHand(events: readonly Note[], policy: FaultPolicy) {
  const states = new Map<string, string[]>()
  const parked = new Map<string, string>()
  let skipped = 0
  let stopped: string | undefined
  for (const { id, text, days } of events) {
    if (stopped !== undefined) break
    const live = days.filter((day) => !parked.has(day))
    const fails = throwsAt(text) || (live.length > 0 && DAYS.some((day) => throwsAt(text, day) && days.includes(day)))
    if (!fails) for (const day of live) states.set(day, [...(states.get(day) ?? []), text])
    else if (policy === 'skip') skipped++
    else if (policy === 'park' && !throwsAt(text)) for (const day of live) parked.set(day, id)
    else stopped = id
  }
  return { states, parked, skipped, stopped }
}

class Tab {
  readonly store: EventStore
  readonly projector: Projector

  constructor(store: EventStore, storage: MemoryCheckpoints, clock: VirtualClock) {
    const nothing = (): void => undefined
    const logger = { error: nothing, info: nothing, debug: nothing }
    this.store = store
    this.projector = new Projector(domain, store, {
      checkpoints: createCheckpoints(storage, store, domain, { clock, logger }),
    })
  }
}

type Command =
  | { readonly do: 'append'; readonly text: string; readonly days: readonly string[] }
  | { readonly do: 'confirm'; readonly own: number; readonly strangers: number; readonly text: string }
  | { readonly do: 'reject'; readonly nth: number }
  | { readonly do: 'look' | 'save' | 'reopen' | 'close' }

const days = fc.subarray([...DAYS])
const text = fc.constantFrom('a', 'a', 'a', '!mon', '!tue', '!wed', '?')
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('append'), text, days }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('confirm'), own: fc.nat(3), strangers: fc.nat(1), text }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reject'), nth: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('look', 'save', 'reopen', 'close') }) },
)

async function notesOf(store: EventStore, layer: Layer): Promise<readonly Note[]> {
  const segments = await store.readConfirmed(0, Number.POSITIVE_INFINITY)
  const runs = [...segments, ...(layer === 'all' ? store.known.pending.records : [])]
  return runs
    .flatMap(({ events }) => unpackEvents(events))
    .map(({ id, data }) => ({ id, ...(data as Omit<Note, 'id'>) }))
}

async function compare({ store, projector }: Tab): Promise<void> {
  for (const policy of POLICIES) {
    const states = await projector.ready(policy)
    for (const layer of ['all', 'confirmed'] as const) {
      const oracle = foldByHand(await notesOf(store, layer), policy)
      for (const day of DAYS) {
        expect(states.state(day, layer)).toMatchObject({ texts: oracle.states.get(day) ?? [] })
        expect(states.faultOf(day, layer)?.eventId).toBe(oracle.stopped ?? oracle.parked.get(day))
      }
      const layers = layer === 'all' ? states.faults : states.faults.slice(0, 1)
      expect(layers.reduce((sum, { skipped }) => sum + skipped, 0)).toBe(oracle.skipped)
    }
  }
}

it('what a throwing function costs is what the policy says, pending or confirmed, over rebases and checkpoints', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 16 }), async (history) => {
      const [disk, storage, clock] = [new MemoryDisk(), new MemoryCheckpoints(), new VirtualClock()]
      const open = async () => new Tab(await openStore({ disk, authority: 'server' }), storage, clock)
      let tab = await open()
      for (const each of history) {
        const { store, projector } = tab
        const outbox = store.known.pending.records.map(({ id }) => id)
        if (each.do === 'append') await store.append(prepared(noted(each.text, ...each.days)))
        if (each.do === 'reject') await settle(store, { reject: outbox.slice(each.nth, each.nth + 1) })
        if (each.do === 'confirm') {
          const strangers = Array.from({ length: each.strangers }, () => prepared(noted(each.text, 'mon', 'tue')))
          await settle(store, { confirm: [...strangers, ...outbox.slice(0, each.own)] })
        }
        if (each.do === 'look') await compare(tab)
        if (each.do === 'save') await clock.advance(1000)
        if (each.do === 'close') await projector.close()
        if (each.do === 'close' || each.do === 'reopen') tab = await open()
      }
      await compare(tab)
    }),
    { numRuns: thorough(300, 120) },
  )
})
