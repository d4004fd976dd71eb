import { NEVER, Subject } from 'rxjs'
import { expect, it } from 'vitest'
import type { Told } from '../../src/protocol/worker-api.ts'
import { createHealth } from '../../src/reactive/health.ts'
import { Device, watch } from '../support/device.ts'
import { fragile, noted } from '../support/notes.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'

const told = (count: number): Told['health'] => ({
  faulted: [],
  skipped: [],
  parked: [],
  unreadable: [],
  damaged: [],
  alerts: [],
  unsynced: { count, oldest: undefined },
  storage: { mode: 'indexeddb', state: 'ready', problem: undefined },
  ...{ stalled: undefined, problem: undefined, leader: true },
  versions: { larder: '0', domain: '1', serverDomain: undefined },
})

function facts() {
  const read = { times: 0, persisted: false }
  const storage = {
    persist: async () => {
      read.persisted = true
      return true
    },
    read: async () => ({ persisted: read.persisted, usageBytes: ++read.times, quotaBytes: 100 }),
  }
  return { read, storage }
}

it('health asks the browser when it is looked at, and again while things change, but at most every 10 s', async () => {
  const { read, storage } = facts()
  const clock = new VirtualClock()
  const engine$ = new Subject<Told['health']>()
  const health = watch(createHealth(engine$, { storage, clock, asked$: NEVER }))
  expect(read.times).toBe(0)
  for (let count = 1; count <= 20; count++) {
    engine$.next(told(count))
    await clock.advance(100)
  }
  expect(read.times).toBe(1)
  expect(health.last()).toMatchObject({ unsynced: { count: 20 }, storage: { usageBytes: 1 } })
  await clock.advance(8000)
  engine$.next(told(0))
  await settled()
  expect([read.times, health.last()?.unsynced.count, health.last()?.storage.usageBytes]).toEqual([2, 0, 2])
})

it('health asks the browser again when it was asked not to evict', async () => {
  const { storage } = facts()
  const engine$ = new Subject<Told['health']>()
  const asked$ = new Subject<void>()
  const health = watch(createHealth(engine$, { storage, clock: new VirtualClock(), asked$ }))
  engine$.next(told(0))
  await settled()
  expect(health.last()?.storage.persisted).toBe(false)
  await storage.persist()
  asked$.next()
  await settled()
  expect(health.last()?.storage.persisted).toBe(true)
})

it('C16: health counts what is on this device only, and says since when, until the server has it', async () => {
  const clock = new VirtualClock()
  const server = new SyncServer()
  server.instead = () => answer(503, '')
  const larder = await new Device(1, clock).openTab({ server })
  const health = watch(larder.health$)
  await clock.advance(20)
  expect(health.last()).toMatchObject({ unsynced: { count: 0, oldest: undefined }, faulted: [] })
  const before = new Date(clock.now()).toISOString()
  await larder.append(noted('a'))
  await clock.advance(1000)
  await larder.append(noted('b'))
  await clock.advance(20)
  expect(health.last()?.unsynced).toEqual({ count: 2, oldest: before })
  server.instead = undefined
  await larder.sync.now()
  await clock.advance(20)
  expect(health.last()?.unsynced).toEqual({ count: 0, oldest: undefined })
  await larder.close()
  expect(health.ended()).toBe('complete')
})

it('health goes on when a projection stops, and names it', async () => {
  const clock = new VirtualClock()
  const larder = await new Device(1, clock).openTab()
  const health = watch(larder.health$)
  await clock.advance(20)
  const view = watch(larder.view(fragile))
  await larder.append(noted('boom'))
  await clock.advance(100)
  expect(health.last()?.faulted).toMatchObject([{ projection: 'fragile' }])
  expect([health.last()?.unsynced.count, view.all]).toEqual([0, [0]])
})
