import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import {
  defineDomain,
  defineEvent,
  defineProjection,
  type KeyedProjection,
  type SingleProjection,
  type StateOf,
} from '../../src/domain.ts'

const Logged = defineEvent('Logged', { schema: z.object({ day: z.string(), kcal: z.number() }) })
const Removed = defineEvent('Removed', { schema: z.object({ meal: z.string() }) })
const initial = () => ({ kcal: 0 })

describe('a projection', () => {
  it('knows its state by what it begins with, and each event by its type', () => {
    const total = defineProjection('total', {
      version: 1,
      events: [Logged, Removed],
      initial: () => ({ kcal: 0, meals: [] as string[] }),
      evolve: {
        Logged: (state, event) => {
          expectTypeOf(state).toEqualTypeOf<{ kcal: number; meals: string[] }>()
          expectTypeOf(event.type).toEqualTypeOf<'Logged'>()
          expectTypeOf(event.data).toEqualTypeOf<{ day: string; kcal: number }>()
          return { ...state, kcal: state.kcal + event.data.kcal }
        },
        Removed: (state, { data }) => ({ ...state, meals: state.meals.filter((meal) => meal !== data.meal) }),
      },
    })
    expectTypeOf(total).toEqualTypeOf<SingleProjection<{ kcal: number; meals: string[] }>>()
    expectTypeOf<StateOf<typeof total>>().toEqualTypeOf<{ kcal: number; meals: string[] }>()
  })

  it('whose state is one of several words knows them where the function says what it answers, or the call its types', () => {
    interface Order {
      readonly status: 'none' | 'open' | 'done'
      readonly meals: string[]
    }
    const begin = (): Order => ({ status: 'none', meals: [] })
    const said = defineProjection('order', {
      version: 1,
      events: [Logged, Removed],
      initial: begin,
      evolve: {
        Logged: (state): Order => ({ ...state, status: 'open' }),
        Removed: (state, { data }): Order => ({ status: 'done', meals: [...state.meals, data.meal] }),
      },
    })
    const given = defineProjection<readonly [typeof Logged, typeof Removed], Order>('order', {
      version: 1,
      events: [Logged, Removed],
      initial: begin,
      evolve: {
        Logged: (state) => ({ ...state, status: 'open' }),
        Removed: (state, { data }) => ({ status: 'done', meals: [...state.meals, data.meal] }),
      },
    })
    expectTypeOf(said).toEqualTypeOf<SingleProjection<Order>>()
    expectTypeOf(given).toEqualTypeOf<SingleProjection<Order>>()
    // @ts-expect-error not one of them
    const wrong = { Logged: (state: Order): Order => ({ ...state, status: 'opened' }) }
    expectTypeOf(wrong).toHaveProperty('Logged')
  })

  it('with a key has a state per key; one event may have one, several or none', () => {
    const keyed = (key: (event: { data: { day: string } }) => string | readonly string[] | undefined) =>
      defineProjection('k', { version: 1, events: [Logged], key, initial, evolve: { Logged: (state) => state } })
    expectTypeOf(keyed(({ data }) => data.day)).toEqualTypeOf<KeyedProjection<{ kcal: number }>>()
    keyed(({ data }) => [data.day, 'all'])
    keyed(() => undefined)
    // @ts-expect-error a key is text
    defineProjection('k', {
      version: 1,
      events: [Logged],
      key: ({ data }) => data.kcal,
      initial,
      evolve: { Logged: (state) => state },
    })
    defineProjection('k', {
      version: 1,
      events: [Logged],
      // @ts-expect-error there is no date
      key: ({ data }) => data.date,
      initial,
      evolve: { Logged: (state) => state },
    })
  })

  it('says what a fault costs; only one with a key can go on for the other keys', () => {
    const evolve = { Logged: (state: { kcal: number }) => state }
    for (const onFault of ['stop', 'skip'] as const)
      defineProjection('t', { version: 1, events: [Logged], initial, evolve, onFault })
    defineProjection('k', { version: 1, events: [Logged], key: () => 'all', initial, evolve, onFault: 'park' })
    // @ts-expect-error there are no other keys
    defineProjection('t', { version: 1, events: [Logged], initial, evolve, onFault: 'park' })
    // @ts-expect-error no such policy
    defineProjection('k', { version: 1, events: [Logged], key: () => 'all', initial, evolve, onFault: 'ignore' })
  })

  it('shows of an earlier version what is a state of this one', () => {
    const evolve = { Logged: (state: { kcal: number }) => state }
    const common = { version: 2, events: [Logged], initial, evolve } as const
    defineProjection('t', {
      ...common,
      showOld: (old, version) => {
        expectTypeOf(old).toEqualTypeOf<unknown>()
        expectTypeOf(version).toEqualTypeOf<number>()
        return version === 1 ? { kcal: 1 } : undefined
      },
    })
    // @ts-expect-error no state of this version
    defineProjection('t', { ...common, showOld: () => ({ kcals: 1 }) })
  })

  it('has a function for each of its events, and for no other', () => {
    // @ts-expect-error Removed is missing
    defineProjection('p', { version: 1, events: [Logged, Removed], initial, evolve: { Logged: (state) => state } })
    defineProjection('p', {
      version: 1,
      events: [Logged],
      initial,
      // @ts-expect-error misspelt
      evolve: { Loged: (state: { kcal: number }) => state },
    })
    defineProjection('p', {
      version: 1,
      events: [Logged],
      initial,
      // @ts-expect-error Removed is not folded here
      evolve: { Logged: (state) => state, Removed: (state: never) => state },
    })
  })

  it('gives back the state that it got', () => {
    // @ts-expect-error kcal is a number
    defineProjection('p', { version: 1, events: [Logged], initial, evolve: { Logged: () => ({ kcal: 'x' }) } })
    // @ts-expect-error nothing is returned
    defineProjection('p', { version: 1, events: [Logged], initial, evolve: { Logged: () => undefined } })
    defineProjection('p', {
      version: 1,
      events: [Logged],
      initial,
      // @ts-expect-error there is no such data
      evolve: { Logged: (_, { data }) => ({ kcal: data.x }) },
    })
  })

  it('has a version', () => {
    // @ts-expect-error it is missing
    defineProjection('p', { events: [Logged], initial, evolve: { Logged: (state) => state } })
  })

  it('is listed with its events in a domain', () => {
    const total = defineProjection('t', { version: 1, events: [Logged], initial, evolve: { Logged: (state) => state } })
    defineDomain({ version: '1', events: [Logged, Removed], projections: [total] })
    // @ts-expect-error a version is text
    defineDomain({ version: 1, events: [Logged] })
    // @ts-expect-error an event is no projection
    defineDomain({ version: '1', events: [Logged], projections: [Logged] })
  })
})
