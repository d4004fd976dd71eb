import { describe, expect, it } from 'vitest'
import { isLarderError } from '../../src/errors.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { journal, noted } from '../support/notes.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** Commits that are appended at once while the storage fails: of one event and of several. */
const burst = [['a'], ['b1', 'b2', 'b3'], ['c'], ['d1', 'd2']]

type Zone = 'confirmed' | 'pending'

async function allEvents(larder: Larder) {
  const { events, next } = await larder.events({ limit: 1000 })
  expect(next).toBeUndefined()
  return events.map(({ id, commitId, position, data }) => ({ id, commitId, position, ...(data as { text: string }) }))
}

async function opened(zone: Zone) {
  const device = new Device(1, new VirtualClock())
  const server = new SyncServer()
  // Pending commits stay so: the server is away.
  server.instead = () => Promise.reject(new TypeError('away'))
  const options = zone === 'pending' ? { server } : {}
  let backend: FaultyBackend | undefined
  const larder = await device.openTab({
    ...options,
    wrap: (inner) => {
      backend = new FaultyBackend(inner)
      return backend
    },
  })
  if (backend === undefined) throw new Error('The storage was not opened.')
  const shown = watch(larder.view(journal))
  await larder.append(noted('before'))
  await device.machine.clock.advance(100)
  return { device, backend, larder, shown, openOther: () => device.openTab(options) }
}

describe('C06: a storage that fails at one operation of a burst of appends', () => {
  it.each<Zone>(['confirmed', 'pending'])('leaves the log whole, whichever operation it is (%s)', async (zone) => {
    const failedAt = new Set<string>()
    for (let nth = 1; ; nth++) {
      const { device, backend, larder, shown, openOther } = await opened(zone)
      backend.failNext(nth)
      const answers = await Promise.allSettled(burst.map((texts) => larder.append(texts.map((text) => noted(text)))))
      if (backend.failed === undefined) break
      failedAt.add(backend.failed)
      backend.failAt = undefined

      // Another tab reads what is really there.
      const other = await openOther()
      const stored = await allEvents(other)
      const texts = stored.map(({ text }) => text)
      // Every commit whole and in its order, or not at all; none twice; none that nobody appended.
      const there = burst.filter((commit) => commit.some((text) => texts.includes(text)))
      expect(texts).toEqual(['before', ...there.flat()])
      expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length)
      expect(new Set(stored.map(({ commitId }) => commitId)).size).toBe(there.length + 1)
      // Positions without a gap up to the head; in the outbox none.
      const positions = stored.map((_, index) => (zone === 'confirmed' ? index + 1 : undefined))
      expect(stored.map(({ position }) => position)).toEqual(positions)
      for (const [index, answer] of answers.entries()) {
        if (answer.status === 'fulfilled') expect(there).toContain(burst[index])
        else expect(isLarderError(answer.reason, 'storage-failed')).toBe(true)
      }
      // No screen shows more than there is, and soon all of them show all of it.
      const lines = shown.all.map((each) => each.join()).filter((each) => !texts.join().startsWith(each))
      expect(lines).toEqual([])
      const receipt = await larder.append(noted('after'))
      expect(receipt.position).toBe(zone === 'confirmed' ? stored.length + 1 : undefined)
      await device.machine.clock.advance(100)
      for (const tab of [larder, other]) expect(await tab.get(journal)).toEqual([...texts, 'after'])
      expect(shown.last()).toEqual([...texts, 'after'])
      expect((await allEvents(larder)).map(({ id }) => id)).toEqual((await allEvents(other)).map(({ id }) => id))
    }
    expect([...failedAt]).toEqual(expect.arrayContaining(['begin', 'get', 'put', 'commit', 'complete']))
  })
})
