import { describe, expect, it } from 'vitest'
import { samplePending } from '../../../../src/testing/contract/sample-records.ts'
import { HEAVY_FAULTS } from '../../../../src/testing/simulator/world/network-faults.ts'
import { SimWorld } from '../../../../src/testing/simulator/world/sim-world.ts'

/** Two devices of two tabs that append and send, some of which die: everything that a world has, in one go. */
async function live(seed: number) {
  const stored: string[] = []
  const world = new SimWorld({
    seed,
    faults: HEAVY_FAULTS,
    server: async (_, body) => {
      stored.push(body)
      world.network.poke('ann', `${stored.length}`)
      return { status: 200, headers: {}, body: 'ok' }
    },
  })
  const acknowledged: string[] = []
  for (const name of ['phone', 'tablet']) {
    const device = world.createDevice(name, { skewMs: name === 'phone' ? 5000 : 0 })
    for (let count = 0; count < 2; count++) {
      const tab = device.openTab()
      const { clock, ids, locks, openChannel } = tab.platform
      const transport = world.transportOf(device, tab, 'ann')
      const channel = openChannel('log')
      channel.subscribe((message) => tab.actor.record(`hears ${message}`))
      const append = async (lost: AbortSignal): Promise<void> => {
        for (let order = 0; order < 10 && !lost.aborted; order++) {
          const record = samplePending(order + 100 * count, { id: ids.next(), madeAt: clock.now() })
          await tab.storage.transact('write', ['pending'], (tx) => tx.put('pending', record))
          acknowledged.push(record.id)
          channel.post(record.id)
          await transport
            .post({ path: 'exchange', body: record.id, token: undefined, signal: AbortSignal.any([]) })
            .catch(() => undefined)
        }
      }
      void locks.hold('sync', new AbortController().signal, append)
      if (world.prng.chance(0.5)) tab.storage.faultAfter(world.prng.between(1, 30), 'crash')
    }
  }
  world.network.planDown(2000, 3000)
  await world.run({ forMs: 60_000 })
  return { world, acknowledged, stored }
}

describe('a simulated world', () => {
  it('happens twice in the same way, down to the ids, and otherwise for another seed', async () => {
    const [one, again, other] = [await live(11), await live(11), await live(12)]
    expect(again.acknowledged).toEqual(one.acknowledged)
    expect(again.stored).toEqual(one.stored)
    expect(again.world.counts.toObject()).toEqual(one.world.counts.toObject())
    expect(again.world.scheduler.trace.hash).toBe(one.world.scheduler.trace.hash)
    expect(other.world.scheduler.trace.hash).not.toBe(one.world.scheduler.trace.hash)
  })

  it('keeps on its disks everything that was acknowledged, whoever died', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { world, acknowledged } = await live(seed)
      const kept = world.devices.flatMap(({ disk }) => [...disk.tables.pending.records.values()].map(({ id }) => id))
      expect(acknowledged.filter((id) => !kept.includes(id))).toEqual([])
    }
  })

  it('tells the tabs of a device whether it has a network', async () => {
    const world = new SimWorld({ seed: 1, server: async () => ({ status: 200, headers: {}, body: '' }) })
    const device = world.createDevice('phone')
    const tab = device.openTab()
    const heard: boolean[] = []
    tab.platform.connectivity.subscribe((isOnline) => heard.push(isOnline))
    device.setOnline(false)
    let outcome = 'pending'
    const request = { path: 'exchange', body: '', token: undefined, signal: new AbortController().signal }
    world
      .transportOf(device, tab, 'ann')
      .post(request)
      .then(
        () => {
          outcome = 'answered'
        },
        () => {
          outcome = 'failed'
        },
      )
    await world.run()
    expect(outcome).not.toBe('answered')
    device.setOnline(true)
    tab.kill()
    device.setOnline(false)
    expect(heard).toEqual([false, true])
    expect(device.tabs).toEqual([])
  })
})
