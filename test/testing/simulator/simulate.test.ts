import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  type AnyProjection,
  type DomainEvent,
  defineDomain,
  defineEvent,
  defineProjection,
} from '../../../src/domain.ts'
import type { Larder } from '../../../src/reactive/larder.ts'
import type { Prng } from '../../../src/testing/chance/prng.ts'
import { type SimulateOptions, simulate } from '../../../src/testing/simulator/simulate.ts'
import { SimulationFailure } from '../../../src/testing/simulator/simulation-failure.ts'
import { thorough } from '../../support/thorough.ts'

const SEEDS = thorough(8, 2)

const Paid = defineEvent('Paid', {
  schema: z.object({ account: z.string(), amount: z.number().int() }),
  stream: ({ account }) => `account-${account}`,
})
const Closed = defineEvent('Closed', {
  schema: z.object({ account: z.string() }),
  stream: ({ account }) => `account-${account}`,
})

const balances = defineProjection('balances', {
  version: 1,
  events: [Paid],
  key: ({ data }) => data.account,
  initial: () => ({ total: 0, payments: 0 }),
  evolve: { Paid: ({ total, payments }, { data }) => ({ total: total + data.amount, payments: payments + 1 }) },
})
const closed = defineProjection('closed', {
  version: 1,
  events: [Closed],
  initial: (): readonly string[] => [],
  evolve: { Closed: (accounts, { data }) => [...accounts, data.account] },
})
const domainWith = (...more: readonly AnyProjection[]) =>
  defineDomain({ version: '1', events: [Paid, Closed], projections: [balances, closed, ...more] })

const pay = async (prng: Prng, larder: Larder): Promise<void> => {
  const account = prng.pick(['x', 'y'])
  if (prng.chance(0.1)) await larder.append(Closed({ account }))
  else await larder.append(Paid({ account, amount: prng.between(1, 100) }))
}

const amountOf = ({ data }: DomainEvent): number => z.object({ amount: z.number().default(0) }).parse(data).amount

async function failureOf(domain: ReturnType<typeof domainWith>, options: SimulateOptions): Promise<SimulationFailure> {
  try {
    await simulate(domain, options)
  } catch (error) {
    if (error instanceof SimulationFailure) return error
    throw error
  }
  return expect.unreachable('nothing was found')
}

describe('simulate', () => {
  it('runs an app on several devices through faults, and finds nothing wrong where nothing is', async () => {
    let agreed = 0
    const report = await simulate(domainWith(), {
      seeds: SEEDS,
      act: pay,
      invariants: {
        'totals are sums': ({ states, events }) => {
          const sum = [...states(balances).values()].reduce((all, { total }) => all + total, 0)
          const paid = events.reduce((all, event) => all + amountOf(event), 0)
          agreed++
          return sum === paid
        },
        'every tab says so': async ({ larders, state }) => {
          // Three devices with two tabs each, and one of a device that was copied.
          expect([6, 7]).toContain(larders.length)
          for (const larder of larders) expect(await larder.get(balances, 'x')).toEqual(state(balances, 'x'))
        },
      },
    })
    expect(agreed).toBe(SEEDS)
    expect(report.seeds).toBe(SEEDS)
    expect(report.commits).toBeGreaterThan(SEEDS * 30)
    expect(report.events).toBe(report.commits)
    const kinds = ['request-lost', 'response-lost', 'request-duplicated', 'delayed', 'device-offline', 'server-down']
    for (const kind of [...kinds, 'crash-before-commit', 'crash-after-commit', 'tab-closed', 'act'])
      expect(report.faults[kind], kind).toBeGreaterThan(0)
  })

  it('runs the same way for the same seed, and another for another', async () => {
    const run = (seed: number) => simulate(domainWith(), { seed, act: pay })
    const [one, same, other] = [await run(2), await run(2), await run(3)]
    expect(same).toEqual(one)
    expect(other.traceHash).not.toBe(one.traceHash)
  })

  it('comes to rest when the server refuses: what is refused for good is given up', async () => {
    const report = await simulate(domainWith(), {
      seeds: 2,
      act: pay,
      refuses: 0.1,
      rules: [
        ({ events }) =>
          events.some((event) => amountOf(event) === 50) ? { code: 'no-fifties', message: 'Not that much' } : undefined,
      ],
      invariants: {
        'no fifties': ({ events }) => !events.some((event) => amountOf(event) === 50),
      },
    })
    expect(report.faults['rule-moody']).toBeGreaterThan(0)
  })
})

describe('simulate finds', () => {
  it('a projection that draws a random number', async () => {
    const dice = defineProjection('dice', {
      version: 1,
      events: [Paid],
      initial: () => 0,
      evolve: { Paid: () => Math.random() },
    })
    const { violations, message } = await failureOf(domainWith(dice), { seeds: 1, act: pay })
    expect(violations[0]?.invariant).toBe('same-state')
    expect(message).toMatch(
      /Seed 1 broke\n {2}same-state at \d+ ms: device-1\.\d+: dice '' \(all\) is not what is shown: expected 0\.\d+, got 0\.\d+/,
    )
    expect(message).toContain('To run it again: simulate(domain, { seed: 1, … })')
  })

  it('a projection that keeps something between events', async () => {
    let folded = 0
    const sticky = defineProjection('sticky', {
      version: 1,
      events: [Paid],
      initial: () => 0,
      evolve: { Paid: () => ++folded },
    })
    const { violations } = await failureOf(domainWith(sticky), { seeds: 1, act: pay })
    expect(violations[0]?.invariant).toBe('same-state')
  })

  it('a projection that throws', async () => {
    const brittle = defineProjection('brittle', {
      version: 1,
      events: [Paid],
      initial: () => 0,
      evolve: {
        Paid: (_, { data }) => {
          if (data.amount > 90) throw new RangeError('too much for me')
          return data.amount
        },
      },
    })
    const { message } = await failureOf(domainWith(brittle), { seeds: 1, act: pay })
    expect(message).toContain('brittle throws: RangeError: too much for me')
  })

  it('an invariant of the app that is broken, and says which and how', async () => {
    const { violations, trace } = await failureOf(domainWith(), {
      seeds: 1,
      act: pay,
      invariants: {
        'all is well': () => true,
        'nobody pays twice': ({ states }) => [...states(balances).values()].every(({ payments }) => payments < 2),
        'nothing is closed': ({ state }) => expect(state(closed)).toEqual([]),
      },
    })
    expect(violations.map(({ invariant }) => invariant)).toEqual([
      'yours: nobody pays twice',
      'yours: nothing is closed',
    ])
    expect(trace.split('\n').length).toBeGreaterThan(50)
  })

  it('an act that fails in a way that it need not', async () => {
    const { message } = await failureOf(domainWith(), {
      seeds: 1,
      act: (_, larder) => larder.append({ ...Paid({ account: 'x', amount: 1 }), data: { account: 'x', amount: 0.5 } }),
    })
    expect(message).toContain('act failed with validation: Event 0: Paid does not fit its schema')
    const report = await simulate(domainWith(), {
      ...{ seeds: 1, mayFail: ['validation'] },
      act: (_, larder) => larder.append({ ...Paid({ account: 'x', amount: 1 }), data: { account: 'x', amount: 0.5 } }),
    })
    expect([report.commits, (report.faults['act-validation'] ?? 0) > 0]).toEqual([0, true])
  })

  it('the same again with the seed that it names', async () => {
    const act: SimulateOptions['act'] = async (prng, larder) => {
      if (prng.chance(0.008)) throw new Error('a rare defect')
      await pay(prng, larder)
    }
    const first = await failureOf(domainWith(), { seeds: 100, act })
    const again = await failureOf(domainWith(), { seed: first.seed, act })
    expect(first.seed).toBeGreaterThan(1)
    expect(again.message).toBe(first.message)
  })

  it.each([{ seeds: 0 }, { seed: 1.5 }, { devices: 0 }, { tabs: -1 }, { acts: Number.NaN }])(
    'a wrong option: %o',
    async (option) => {
      await expect(simulate(domainWith(), { act: pay, ...option })).rejects.toMatchObject({ code: 'argument' })
    },
  )
})
