import { expect, it } from 'vitest'
import type { Transport } from '../../../../src/platform/ports.ts'
import { Prng } from '../../../../src/testing/chance/prng.ts'
import { Actor } from '../../../../src/testing/simulator/world/actor.ts'
import { FaultCounts } from '../../../../src/testing/simulator/world/fault-counts.ts'
import { type NetworkFaults, NO_FAULTS } from '../../../../src/testing/simulator/world/network-faults.ts'
import { Scheduler } from '../../../../src/testing/simulator/world/scheduler.ts'
import { SimNetwork } from '../../../../src/testing/simulator/world/sim-network.ts'

const patience = (): AbortSignal => new AbortController().signal

function setUp(faults: Partial<NetworkFaults> = {}) {
  const scheduler = new Scheduler()
  const counts = new FaultCounts()
  const served: string[] = []
  const network = new SimNetwork({
    scheduler,
    counts,
    prng: new Prng(1),
    faults: { ...NO_FAULTS, ...faults },
    server: async (account, body, path, token) => {
      served.push(`${account} ${path} ${body} ${token}`)
      return { status: 200, headers: {}, body: `answer to ${body}` }
    },
  })
  const actor = new Actor('tab', scheduler)
  let isOnline = true
  const transport = network.transportOf(actor, 'ann', () => isOnline)
  const setOnline = (online: boolean): void => {
    isOnline = online
  }
  return { scheduler, counts, served, network, actor, transport, setOnline }
}

/** How a request ends, or that it never does. */
async function post(transport: Transport, scheduler: Scheduler, body = 'x', signal = patience()): Promise<string> {
  let end = 'nothing'
  transport.post({ path: 'exchange', body, token: 't', signal }).then(
    (response) => {
      end = `${response.status} ${response.body}`
    },
    (error: unknown) => {
      end = error instanceof Error ? error.name : 'error'
    },
  )
  await scheduler.run({ forMs: 60_000 })
  return end
}

it('carries a request to the server and its answer back', async () => {
  const { transport, scheduler, served } = setUp()
  expect(await post(transport, scheduler)).toBe('200 answer to x')
  expect(served).toEqual(['ann exchange x t'])
})

it.each([
  ['requestLost', 'request-lost', 0],
  ['responseLost', 'response-lost', 1],
] as const)('%s: the client hears nothing of it, or that the connection failed', async (fault, kind, times) => {
  const { transport, scheduler, served, counts } = setUp({ [fault]: 1 })
  const ends = new Set<string>()
  for (let request = 0; request < 12; request++) ends.add(await post(transport, scheduler))
  expect([...ends].sort()).toEqual(['TypeError', 'nothing'])
  expect(served).toHaveLength(12 * times)
  expect(counts.of(kind)).toBe(12)
})

it('delivers a duplicated request twice, the second time perhaps much later, and answers once', async () => {
  const { transport, scheduler, served, counts } = setUp({ duplicated: 1 })
  for (let request = 0; request < 10; request++) expect(await post(transport, scheduler)).toBe('200 answer to x')
  expect(served).toHaveLength(20)
  expect(counts.of('request-duplicated')).toBe(10)
})

it('answers with an error, a page of somebody else, or half a body, where it is told to', async () => {
  const errors = setUp({ serverError: 1 })
  const ends: string[] = []
  for (let request = 0; request < 20; request++) ends.push(await post(errors.transport, errors.scheduler))
  expect(ends.every((end) => /^50[23] /.test(end))).toBe(true)
  // The server may have done its work all the same.
  expect(errors.served.length).toBeGreaterThan(0)
  expect(errors.served.length).toBeLessThan(20)
  const portal = setUp({ portal: 1 })
  expect(await post(portal.transport, portal.scheduler)).toContain('Sign in')
  expect(portal.served).toEqual([])
  const truncated = setUp({ truncated: 1 })
  const answer = await post(truncated.transport, truncated.scheduler)
  expect('200 answer to x'.startsWith(answer)).toBe(true)
  expect(answer).not.toBe('200 answer to x')
})

it('lets requests overtake each other, and counts those that arrive late', async () => {
  const { transport, scheduler, served, counts } = setUp({ maxDelayMs: 1000 })
  for (let n = 0; n < 20; n++) void transport.post({ path: 'exchange', body: `${n}`, token: 't', signal: patience() })
  await scheduler.run()
  const order = served.map((each) => Number(each.split(' ')[2]))
  expect(order).not.toEqual([...order].sort((a, b) => a - b))
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
  expect(counts.of('request-reordered')).toBeGreaterThan(0)
  expect(counts.of('delayed')).toBeGreaterThan(0)
})

it('reaches no server that is down, and none from a device without a network', async () => {
  const { network, transport, scheduler, served, setOnline } = setUp()
  network.setDown(true)
  expect(['TypeError', 'nothing']).toContain(await post(transport, scheduler))
  network.setDown(false)
  setOnline(false)
  expect(['TypeError', 'nothing']).toContain(await post(transport, scheduler))
  setOnline(true)
  expect(served).toEqual([])
  expect(await post(transport, scheduler)).toBe('200 answer to x')
})

it('gives up at once when the signal aborts, though the server may get the request', async () => {
  const { transport, scheduler, served } = setUp()
  const impatience = new AbortController()
  scheduler.after(1, () => impatience.abort(), 'test', 'abort')
  expect(await post(transport, scheduler, 'x', impatience.signal)).toBe('AbortError')
  expect(served).toHaveLength(1)
})

it('says nothing to the dead, and does what they have sent', async () => {
  const { transport, scheduler, served, actor } = setUp()
  scheduler.after(1, () => actor.kill(), 'test', 'kill')
  expect(await post(transport, scheduler)).toBe('nothing')
  expect(served).toHaveLength(1)
})

it('pokes those who listen, unless the poke is lost, and beats while nothing happens', async () => {
  const { network, transport, scheduler, counts } = setUp()
  const heard: (string | undefined)[] = []
  const listen = (signal = patience()): Promise<string> =>
    transport
      .listen({ path: 'live?cursor=0', token: 't', signal }, (data) => heard.push(data))
      .then(
        () => 'ended',
        () => 'broke',
      )
  const first = listen()
  await scheduler.run({ forMs: 1000 })
  network.poke('ann', 'poke 1')
  network.poke('bob', 'not for ann')
  await scheduler.run({ forMs: 16_000 })
  expect(heard).toEqual([undefined, 'poke 1', undefined])
  network.faults = { ...NO_FAULTS, pokeLost: 1 }
  network.poke('ann', 'poke 2')
  await scheduler.run({ forMs: 1000 })
  expect(heard).toHaveLength(3)
  expect(counts.of('poke-lost')).toBe(1)
  network.setDown(true)
  expect(await first).toBe('broke')
  network.heal()
  const enough = new AbortController()
  const second = listen(enough.signal)
  scheduler.after(500, () => enough.abort(), 'test', 'abort')
  await scheduler.run({ forMs: 1000 })
  expect(await second).toBe('ended')
})
