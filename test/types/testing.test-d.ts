import { describe, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection } from '../../src/domain.ts'
import type { Larder } from '../../src/index.ts'
import { type AggregateToSpecify, type Prng, type SettledWorld, simulate, specify } from '../../src/testing/index.ts'

const Paid = defineEvent('Paid', { schema: z.object({ amount: z.number() }), stream: () => 'account' })
const Closed = defineEvent('Closed', { schema: z.object({}), stream: () => 'account' })
const total = defineProjection('total', {
  version: 1,
  events: [Paid],
  initial: () => 0,
  evolve: { Paid: (sum, { data }) => sum + data.amount },
})
const perDay = defineProjection('perDay', {
  version: 1,
  events: [Paid],
  key: ({ time }) => time.slice(0, 10),
  initial: () => ({ sum: 0 }),
  evolve: { Paid: ({ sum }, { data }) => ({ sum: sum + data.amount }) },
})
const domain = defineDomain({ version: '1', events: [Paid, Closed], projections: [total, perDay] })
const given = specify(domain)
declare const account: AggregateToSpecify<{
  event: ReturnType<typeof Paid>
  commands: { pay: { amount: number }; close: undefined }
}>

describe('given', () => {
  it('knows the state of a projection, and whether it has a key', () => {
    expectTypeOf(given(total, []).then).parameters.toEqualTypeOf<[number]>()
    expectTypeOf(given(perDay, []).thenState).parameters.toEqualTypeOf<[string, { sum: number }]>()
    // @ts-expect-error it has one state
    given(total, []).thenState
    // @ts-expect-error it has a state per key
    given(perDay, []).then
  })

  it('knows the commands of an aggregate, what they take, and its events', () => {
    const told = given(account, [])
    told.when('pay', { amount: 1 }).then([Paid({ amount: 1 })])
    told.when('close').thenNothing()
    // @ts-expect-error there is no such command
    told.when('fly')
    // @ts-expect-error it takes an amount
    told.when('pay')
    // @ts-expect-error an amount is a number
    told.when('pay', { amount: '1' })
    // @ts-expect-error not one of its events
    told.when('pay', { amount: 1 }).then([Closed({})])
  })
})

describe('simulate', () => {
  it('gives an act chance and a larder, and invariants typed states', () => {
    const run = () =>
      simulate(domain, {
        act: (prng, larder) => {
          expectTypeOf(prng).toEqualTypeOf<Prng>()
          expectTypeOf(larder).toEqualTypeOf<Larder>()
        },
        invariants: {
          all: (world) => {
            expectTypeOf(world).toEqualTypeOf<SettledWorld>()
            expectTypeOf(world.state(total)).toEqualTypeOf<number>()
            expectTypeOf(world.state(perDay, 'x')).toEqualTypeOf<{ sum: number }>()
            expectTypeOf(world.states(perDay)).toEqualTypeOf<ReadonlyMap<string, { sum: number }>>()
            // @ts-expect-error it has a state per key
            world.state(perDay)
          },
        },
      })
    expectTypeOf(run).returns.resolves.toHaveProperty('commits')
  })
})
