import { expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { FaultyStorage } from '../../src/testing/faults/faulty-storage.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { journal, noted } from '../support/notes.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const outage = (code: 'storage-unavailable' | 'storage-timeout' = 'storage-unavailable') =>
  new LarderError(code, 'Connection to Indexed Database server lost', {})

async function opened(server?: SyncServer) {
  const clock = new VirtualClock()
  const device = new Device(1, clock)
  const storages: FaultyStorage[] = []
  const wrap = (backend: ConstructorParameters<typeof FaultyStorage>[0]) => {
    const storage = new FaultyStorage(backend)
    storages.push(storage)
    return storage
  }
  const larder = await device.openTab({ wrap, server })
  const [storage] = storages
  if (storage === undefined) throw new Error('No storage was opened')
  const health = watch(larder.health$)
  await clock.advance(100)
  return { clock, device, larder, storage, health, state: () => health.last()?.storage }
}

it.each(['storage-unavailable', 'storage-timeout'] as const)(
  'C19: appends reject as %s while it lasts, health says since when, and the tab is back by itself',
  async (code) => {
    const { clock, device, larder, storage, state } = await opened()
    const view = watch(larder.view(journal))
    const events = watch(larder.events$())
    await larder.append(noted('before'))
    await clock.advance(100)
    expect(state()).toMatchObject({ mode: 'custom', state: 'ready', problem: undefined })
    storage.outage = outage(code)
    const since = new Date(clock.now()).toISOString()
    expect((await failureOf(() => larder.append(noted('lost')))).code).toBe(code)
    await clock.advance(100)
    expect(state()).toMatchObject({ mode: 'custom', state: 'degraded', problem: { code, since } })
    // Ten minutes on, nothing was stored in any other place, and since when has not moved.
    await clock.advance(600_000)
    expect((await failureOf(() => larder.append(noted('lost too')))).code).toBe(code)
    expect(state()?.problem).toEqual({ code, since })
    storage.outage = undefined
    await clock.advance(30_000)
    expect(state()).toMatchObject({ mode: 'custom', state: 'ready', problem: undefined })
    await larder.append(noted('after'))
    await clock.advance(100)
    expect(view.last()).toEqual(['before', 'after'])
    expect(events.all.map(({ data }) => (data as { text: string }).text)).toEqual(['before', 'after'])
    expect([view.ended(), events.ended()]).toEqual([undefined, undefined])
    expect(device.machine.errors).toEqual([expect.stringContaining(code)])
    await larder.close()
    expect(clock.waiting).toBe(0)
  },
)

it('C18: it is tried again after 1, 2, 4, 8, 16 and from then on 30 s, by one call each', async () => {
  const { clock, larder, storage } = await opened()
  // Compaction has looked what is to be done.
  await clock.advance(10_000)
  storage.outage = outage()
  await failureOf(() => larder.append(noted('lost')))
  const before = storage.transactions
  const tries: number[] = []
  for (let second = 1; second <= 121; second++) {
    const made = storage.transactions
    await clock.advance(1000)
    for (let n = made; n < storage.transactions; n++) tries.push(second)
  }
  expect(tries).toEqual([1, 3, 7, 15, 31, 61, 91, 121])
  expect(storage.transactions - before).toBe(tries.length)
  await larder.close()
})

it('C18: many appends that fail together are tried together and once more, and complain in one line', async () => {
  const { clock, device, larder, storage } = await opened(new SyncServer())
  watch(larder.view(journal))
  watch(larder.events$())
  await clock.advance(1000)
  storage.outage = outage()
  const before = storage.transactions
  const settled = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => larder.append(noted(`${n}`))))
  expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(50)
  expect(storage.transactions - before).toBeLessThanOrEqual(3)
  // An hour of it, with sync, a view and a feed on it.
  await clock.advance(3_600_000)
  expect(device.machine.errors).toHaveLength(1)
  expect(storage.transactions - before).toBeLessThan(400)
  await larder.close()
})

it('C22: a storage that can be read and not written stays degraded until it can be written', async () => {
  const { clock, larder, storage, state } = await opened()
  await larder.append(noted('before'))
  const transact = storage.transact.bind(storage)
  let refuses = true
  storage.transact = (mode, tables, work) =>
    refuses && mode === 'write' ? Promise.reject(outage()) : transact(mode, tables, work)
  await failureOf(() => larder.append(noted('lost')))
  await clock.advance(120_000)
  expect(await larder.get(journal)).toEqual(['before'])
  await clock.advance(100)
  expect(state()?.state).toBe('degraded')
  refuses = false
  await clock.advance(30_000)
  expect(state()?.state).toBe('ready')
  expect(await larder.get(journal)).toEqual(['before'])
  await larder.close()
})

it('C22: what was pending before is pushed when it is back, with no append and no reload', async () => {
  const server = new SyncServer()
  server.instead = () => Promise.reject(new TypeError('away'))
  const { clock, larder, storage, health } = await opened(server)
  await larder.append(noted('a'))
  await clock.advance(1000)
  storage.outage = outage()
  server.instead = undefined
  await clock.advance(600_000)
  storage.outage = undefined
  await clock.advance(600_000)
  expect(health.last()?.unsynced.count).toBe(0)
  await larder.close()
})
