import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  type DomainEvent,
  defineDomain,
  defineEvent,
  defineProjection,
  from,
  type NewEvent,
  retireEvent,
} from '../../src/domain.ts'
import type { EventsRequest } from '../../src/engine/events-page.ts'
import { readEvents } from '../../src/engine/read-events.ts'
import { type FeedBatch, readFeed } from '../../src/engine/read-feed.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Before = z.object({ n: z.number(), notes: z.array(z.string()) })
const V1 = defineEvent('Logged', { schema: Before, stream: () => 'days' })
const Prompted = defineEvent('Prompted', { schema: z.object({}), stream: () => 'days' })
const Plain = defineEvent('Plain', { schema: z.object({ n: z.number() }), stream: () => 'days' })
const before = defineDomain({ version: '1', events: [V1, Prompted, Plain] })

const Noted = defineEvent('Noted', { schema: z.object({ text: z.string() }), stream: () => 'days' })
const V2 = defineEvent('Logged', {
  version: 2,
  schema: z.object({ n: z.number() }),
  stream: () => 'days',
  upcast: {
    1: from(Before, [Noted], ({ n, notes }, current) => [current({ n }), ...notes.map((text) => Noted({ text }))]),
  },
})
const notesOf = defineProjection('notes', {
  version: 1,
  events: [Noted],
  initial: (): readonly string[] => [],
  evolve: { Noted: (texts, { data }) => [...texts, data.text] },
})
const numbers = defineProjection('numbers', {
  version: 1,
  events: [V2, Plain],
  initial: (): readonly number[] => [],
  evolve: { Logged: (all, { data }) => [...all, data.n], Plain: (all, { data }) => [...all, -data.n] },
})
const today = defineDomain({
  version: '2',
  events: [V2, Noted, Plain],
  retired: [retireEvent('Prompted')],
  projections: [notesOf, numbers],
})

/** What a commit of the earlier app holds: a number is a Plain, a list of notes a Logged, null one that means nothing today. */
type Each = number | readonly string[] | null
const eventOf = (each: Each, n: number): NewEvent => {
  if (each === null) return Prompted({})
  return typeof each === 'number' ? Plain({ n: each }) : V1({ n, notes: [...each] })
}
/** What it says today. */
const saysOf = (each: Each, n: number): string[] => {
  if (each === null) return []
  return typeof each === 'number' ? [`Plain ${each}`] : [`Logged ${n}`, ...each.map((text) => `Noted ${text}`)]
}
const said = ({ type, data }: { type: string; data: unknown }): string =>
  `${type} ${z.union([z.object({ n: z.number() }).transform(({ n }) => String(n)), z.object({ text: z.string() }).transform(({ text }) => text)]).parse(data)}`

const REQUEST: EventsRequest = {
  stream: undefined,
  types: undefined,
  from: undefined,
  to: undefined,
  where: undefined,
  limit: 1000,
  direction: 'forward',
  after: undefined,
}

const commits = fc.array(
  fc.array(fc.oneof(fc.constant<Each>(null), fc.nat(9), fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 })), {
    minLength: 1,
    maxLength: 4,
  }),
  { maxLength: 5 },
)
const typesAsked = fc.constantFrom(undefined, ['Noted'], ['Logged'], ['Plain', 'Noted'], ['Prompted'])
const isAsked = (types: readonly string[] | undefined) => (line: string) =>
  types === undefined || types.includes(line.split(' ')[0] ?? '')

async function storeOf(all: readonly (readonly Each[])[], authority: 'local' | 'server') {
  const store = await openStore({ authority })
  for (const each of all) await store.append(prepared(each.map(eventOf), {}, before.catalog))
  return store
}

describe('events that were split after they were stored', () => {
  it('are read page by page, each once and in order, whatever the size of the page', async () => {
    await fc.assert(
      fc.asyncProperty(
        commits,
        typesAsked,
        fc.constantFrom('forward' as const, 'backward' as const),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('local' as const, 'server' as const),
        async (all, types, direction, limit, authority) => {
          const store = await storeOf(all, authority)
          const lines: string[] = []
          const ids = new Set<string>()
          let after: string | undefined
          do {
            const page = await readEvents(store, today.catalog, { ...REQUEST, types, direction, limit, after })
            expect(page.events.length).toBeLessThanOrEqual(limit)
            for (const event of page.events) {
              lines.push(said(event))
              ids.add(event.id)
            }
            after = page.next
          } while (after !== undefined)
          const expected = all.flatMap((each) => each.flatMap(saysOf)).filter(isAsked(types))
          expect(lines).toEqual(direction === 'forward' ? expected : expected.toReversed())
          expect(ids.size).toBe(lines.length)
        },
      ),
      { numRuns: 120 },
    )
  })

  it('come through a feed each once, and a cursor never stands inside of a commit', async () => {
    await fc.assert(
      fc.asyncProperty(
        commits,
        typesAsked,
        fc.constantFrom('local' as const, 'server' as const),
        async (all, types, authority) => {
          const store = await storeOf(all, authority)
          const restBehind = async (cursor?: string) => {
            const events: FeedBatch['events'][number][] = []
            for (let after = cursor; ; ) {
              const batch = await readFeed(store, today.catalog, { after, types, stream: undefined, zone: 'all' })
              events.push(...batch.events)
              after = batch.cursor
              if (batch.atEnd) return events
            }
          }
          const events = await restBehind()
          const expected = all.flatMap((each) => each.flatMap(saysOf)).filter(isAsked(types))
          expect(events.map(said)).toEqual(expected)
          for (const event of events) {
            const rest = await restBehind(event.cursor)
            const whole = events.filter(({ commitId }) => commitId === event.commitId)
            const behind = events.slice(events.lastIndexOf(whole.at(-1) ?? event) + 1)
            const isLast = whole.at(-1) === event
            expect(rest.map(({ id }) => id)).toEqual((isLast ? behind : [...whole, ...behind]).map(({ id }) => id))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('are folded by projections of what they are today, pending, confirmed and on another device', async () => {
    const clock = new VirtualClock()
    const device = new Device(1, clock)
    const server = new SyncServer()
    server.domain = today
    const seen: DomainEvent[] = []
    server.rules = [
      ({ events }) => {
        seen.push(...events)
        return undefined
      },
    ]
    server.instead = () => answer(503, '')
    const earlier = await device.openTab({ domain: before, server })
    const { commitId } = await earlier.append([V1({ n: 1, notes: ['a', 'b'] }), Prompted({}), Plain({ n: 2 })])
    await earlier.append(V1({ n: 3, notes: [] }))
    await earlier.close()

    const larder = await device.openTab({ domain: today, server })
    const statesOf = async (of: Larder) => [await of.get(notesOf), await of.get(numbers)]
    const states = [
      ['a', 'b'],
      [1, -2, 3],
    ]
    expect(await statesOf(larder)).toEqual(states)
    server.instead = undefined
    await clock.advance(10 * 60_000)
    expect(await larder.commit(commitId).settled()).toBe('confirmed')
    expect(await statesOf(larder)).toEqual(states)
    // The rules are asked about what it means; what is stored is what was sent.
    expect(seen.map(said)).toEqual(['Logged 1', 'Noted a', 'Noted b', 'Plain 2', 'Logged 3'])
    expect((await server.accepted()).map(({ data }) => data)).toEqual([
      [{ n: 1, notes: ['a', 'b'] }, {}, { n: 2 }],
      [{ n: 3, notes: [] }],
    ])

    const other = await new Device(2, clock).openTab({ domain: today, server })
    await clock.advance(100)
    expect(await statesOf(other)).toEqual(states)
    const { events } = await other.events({ types: [Noted], limit: 1 })
    expect(events).toMatchObject([
      { type: 'Noted', version: 1, stream: 'days', commitId, position: 1, data: { text: 'a' } },
    ])
    await other.close()
    await larder.close()
  })

  it('are refused by a server when what they mean today is wrong', async () => {
    const clock = new VirtualClock()
    const server = new SyncServer()
    const Strict = defineEvent('Noted', { schema: z.object({ text: z.string().max(3) }), stream: () => 'days' })
    const Split = defineEvent('Logged', {
      version: 2,
      schema: z.object({ n: z.number() }),
      upcast: { 1: from(Before, [Strict], ({ notes }) => notes.map((text) => Strict({ text }))) },
    })
    server.domain = defineDomain({ version: '2', events: [Split, Strict] })
    const larder = await new Device(1, clock).openTab({ domain: before, server })
    const wrong = await larder.append(V1({ n: 1, notes: ['good', 'b'] }))
    const right = await larder.append(V1({ n: 1, notes: ['b'] }))
    await clock.advance(100)
    expect(await wrong.settled()).toBe('rejected')
    expect(await right.settled()).toBe('confirmed')
    expect((await larder.deadLetters.list()).map(({ code }) => code)).toEqual(['validation'])
    await larder.close()
  })
})
