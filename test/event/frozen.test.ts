import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineAggregate, defineDomain, defineEvent, defineProjection, from, type NewEvent } from '../../src/domain.ts'
import { deepFreeze } from '../../src/event/deep-freeze.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const Logged = defineEvent('Logged', {
  version: 2,
  schema: z.object({ tags: z.array(z.string()), deep: z.object({ n: z.number() }) }),
  stream: () => 'meals',
  upcast: { 1: from(z.object({ n: z.number() }), ({ n }) => ({ tags: [], deep: { n } })) },
})
const logged = (n = 1) => Logged({ tags: ['a'], deep: { n } })

/** Changes the event that it is given. */
const rude = defineProjection('rude', {
  version: 1,
  events: [Logged],
  initial: () => ({ count: 0 }),
  evolve: {
    Logged: ({ count }, { data }) => {
      data.deep.n++
      return { count: count + 1 }
    },
  },
})
/** Changes the state that it is given. */
const sloppy = defineProjection('sloppy', {
  version: 1,
  events: [Logged],
  initial: () => ({ all: [] as number[] }),
  evolve: {
    Logged: (state, { data }) => {
      state.all.push(data.deep.n)
      return state
    },
  },
})
const decent = defineProjection('decent', {
  version: 1,
  events: [Logged],
  initial: (): readonly number[] => [],
  evolve: { Logged: (all, { data }) => [...all, data.deep.n] },
})
const leaky = () => {
  const empty = { all: [] as number[] }
  return defineAggregate('leaky', {
    ...{ stream: (id) => id, events: [Logged], commands: {} },
    initial: () => empty,
    evolve: {
      Logged: (state, { data }) => {
        state.all.push(data.deep.n)
        return state
      },
    },
  })
}
const domainOf = (development?: boolean, aggregate = leaky()) =>
  defineDomain({
    version: '1',
    events: [Logged],
    projections: [rude, sloppy, decent],
    aggregates: [aggregate],
    ...(development === undefined ? {} : { development }),
  })

const open = (development?: boolean) => new Device(1, new VirtualClock()).openTab({ domain: domainOf(development) })
const isFrozenThroughout = (value: unknown): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (Object.isFrozen(value) && Object.values(value).every(isFrozenThroughout))

describe('in development', () => {
  it.each([
    ['C99: an evolve function that changes its event', rude, (larder: Larder) => larder.get(rude)],
    ['C99: an evolve function that changes its state', sloppy, (larder: Larder) => larder.get(sloppy)],
  ])('%s meets a TypeError, and stops its projection only', async (_, projection, get) => {
    const larder = await open(true)
    const { eventIds } = await larder.append(logged(7))
    const health = watch(larder.health$)
    expect(await failureOf(() => get(larder))).toMatchObject({
      code: 'projection-faulted',
      details: { projection: projection.name, eventId: eventIds[0] },
      message: expect.stringContaining('TypeError'),
    })
    expect(await larder.get(decent)).toEqual([7])
    await larder.append(logged(8))
    expect(await larder.get(decent)).toEqual([7, 8])
    expect(health.ended()).toBe(undefined)
    await larder.close()
  })

  it('an aggregate whose evolve changes its state meets a TypeError, before the state of another has it', async () => {
    const aggregate = leaky()
    const larder = await new Device(1, new VirtualClock()).openTab({ domain: domainOf(true, aggregate) })
    await larder.append(logged(7), { stream: 'a' })
    expect(await failureOf(() => larder.load(aggregate, 'a'))).toMatchObject({ code: 'aggregate-faulted' })
    expect((await larder.load(aggregate, 'b')).state).toEqual({ all: [] })
    await larder.close()
  })

  it('events cannot be changed by whoever is given them', async () => {
    const larder = await open(true)
    const feed = watch(larder.events$({ types: [Logged] }))
    await larder.append(logged())
    const { events } = await larder.events()
    expect(events).toHaveLength(1)
    expect(feed.all).toHaveLength(1)
    expect([events, feed.all[0]].every(isFrozenThroughout)).toBe(true)
    for await (const event of larder.events()) expect(isFrozenThroughout(event)).toBe(true)
    await larder.close()
  })

  it('is what the domain is in by itself, where packages are resolved for development', () => {
    expect(domainOf().development).toBe(true)
    expect(isFrozenThroughout(logged())).toBe(true)
  })

  it('an event is made of a copy: what the app made it of stays its own', () => {
    const given = { tags: ['a'], deep: { n: 1 } }
    const event = Logged(given)
    given.tags.push('b')
    given.deep.n = 2
    expect(event.data).toEqual({ tags: ['a'], deep: { n: 1 } })
  })

  it('an event of data that cannot be appended is made all the same, for append to refuse', async () => {
    const data = { tags: new Map() }
    const event = Logged(data as never)
    expect(event.data).toBe(data)
    const larder = await open(true)
    expect(await failureOf(() => larder.append(event as NewEvent))).toMatchObject({ code: 'payload-not-json' })
    await larder.close()
  })

  it('upcasted events and what else a rule or a reader is given are frozen too', () => {
    const stored = { id: 'i', type: 'Logged', version: 1, stream: 's', time: 't', metadata: {}, data: { n: 1 } }
    const read = domainOf(true).catalog.read(stored)
    expect(read.kind === 'events' && read.events.every(isFrozenThroughout)).toBe(true)
  })
})

describe('in production', () => {
  it('nothing is frozen, and nothing is spent on it', async () => {
    const larder = await open(false)
    await larder.append(logged(7))
    expect(await larder.get(sloppy)).toEqual({ all: [7] })
    const { events } = await larder.events()
    expect(Object.isFrozen(events[0]?.data)).toBe(false)
    const domain = domainOf(false)
    expect(domain.projections.get('decent')).toBe(decent)
    await larder.close()
  })
})

describe('an engine in the same thread', () => {
  it('gives copies of its states, so that nobody changes what it folds on', async () => {
    const [clock, aggregate] = [new VirtualClock(), leaky()]
    const larder = await new Device(1, clock).openTab({ domain: domainOf(false, aggregate) })
    const { position } = await larder.append(logged(7))
    const shown = watch(larder.view(decent))
    await clock.advance(100)
    const at = position ?? 1
    const given = [await larder.get(decent), await larder.stateAt(decent, { position: at }), shown.last()]
    for (const state of given) (state as number[]).push(666)
    ;(await larder.load(aggregate, 'meals')).state.all.push(666)
    expect(await larder.get(decent)).toEqual([7])
    expect((await larder.load(aggregate, 'other')).state).toEqual({ all: [7] })
    await larder.append(logged(8))
    await clock.advance(100)
    expect(shown.last()).toEqual([7, 8])
    await larder.close()
  })
})

describe('what is frozen', () => {
  it('is all of a plain value, however deep, and nothing that is not plain', () => {
    const map = new Map([['a', { b: 1 }]])
    const value = { list: [{ n: 1 }], map, bytes: new Uint8Array(2), when: new Date(0) }
    expect(deepFreeze(value)).toBe(value)
    expect(Object.isFrozen(value.list[0])).toBe(true)
    expect(Object.isFrozen(map)).toBe(false)
    let deep: unknown[] = []
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    expect(Object.isFrozen(deepFreeze(deep))).toBe(true)
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    expect(Object.isFrozen(deepFreeze(cycle))).toBe(true)
  })
})
