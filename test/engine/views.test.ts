import { beforeEach, describe, expect, it } from 'vitest'
import { EMIT_EVERY_MS } from '../../src/engine/view-hub.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { byDay, fragile, journal, noted } from '../support/notes.ts'
import { ruleAgainst } from '../support/rule-against.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

describe('a view', () => {
  it('shows the latest state at once, then every change, and nothing twice', async () => {
    const larder = await device.openTab()
    await larder.append(noted('a', 'mon'))
    const seen = watch(larder.view(byDay, 'mon'))
    await clock.advance(20)
    await larder.append(noted('other day', 'tue'))
    await clock.advance(20)
    await larder.append(noted('b', 'mon'))
    await clock.advance(20)
    expect(seen.all).toEqual([['a'], ['a', 'b']])
  })

  it('goes out at once after a pause, then at most every 16 ms, and ends with the last state', async () => {
    const larder = await device.openTab()
    const times: number[] = []
    const seen = watch(larder.view(journal))
    await clock.advance(1000)
    larder.view(journal).subscribe(() => times.push(clock.monotonic()))
    await clock.advance(1000)
    times.length = 0
    const start = clock.monotonic()
    for (let n = 0; n < 100; n++) {
      await larder.append(noted(String(n)))
      await clock.advance(1)
    }
    await clock.advance(100)
    expect(times[0]).toBe(start)
    for (const [index, time] of times.entries())
      if (index > 0) expect(time - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(EMIT_EVERY_MS)
    expect(times.length).toBeGreaterThan(5)
    expect(seen.last()).toHaveLength(100)
  })

  it('of the confirmed layer leaves out what is pending, until it is confirmed', async () => {
    const server = new SyncServer()
    const larder = await device.openTab({ server })
    server.instead = () => answer(503, '')
    const [all, confirmed] = [watch(larder.view(journal)), watch(larder.view(journal, { layer: 'confirmed' }))]
    await larder.append(noted('a'))
    await clock.advance(1000)
    expect([all.last(), confirmed.last()]).toEqual([['a'], []])
    server.instead = undefined
    await clock.advance(600_000)
    expect([all.last(), confirmed.last()]).toEqual([['a'], ['a']])
    expect(all.all).toEqual([[], ['a']])
  })

  it('takes back what is refused', async () => {
    const server = new SyncServer()
    server.rules = [() => ({ code: 'no', message: 'No' })]
    server.instead = () => answer(503, '')
    const larder = await device.openTab({ server })
    const seen = watch(larder.view(journal))
    const range = watch(larder.viewRange(byDay, { from: 'a', to: 'z' }))
    await larder.append(noted('a', 'mon'))
    await clock.advance(20)
    expect([seen.last(), range.last()]).toEqual([['a'], new Map([['mon', ['a']]])])
    server.instead = undefined
    await clock.advance(600_000)
    expect(seen.last()).toEqual([])
    // Who looks now and who looked all along see the same.
    const fresh = watch(larder.viewRange(byDay, { from: 'a', to: 'z' }))
    await clock.advance(20)
    expect([fresh.last(), range.last()]).toEqual([new Map(), new Map()])
  })

  it('costs nothing and says nothing when nobody looks any more', async () => {
    const larder = await device.openTab()
    const seen = watch(larder.view(journal))
    await clock.advance(20)
    seen.stop()
    await larder.append(noted('a'))
    await clock.advance(100)
    expect(seen.all).toEqual([[]])
  })
})

describe('a view of a range', () => {
  it('holds the keys from one to the other, both included, in order, and no others', async () => {
    const larder = await device.openTab()
    await larder.append([noted('x', 'b'), noted('y', 'd'), noted('z', 'a', 'e')])
    const seen = watch(larder.viewRange(byDay, { from: 'b', to: 'd' }))
    await clock.advance(20)
    await larder.append([noted('new', 'c'), noted('outside', 'e')])
    await clock.advance(20)
    expect(seen.all).toHaveLength(2)
    expect([...(seen.last() ?? [])]).toEqual([
      ['b', ['x']],
      ['c', ['new']],
      ['d', ['y']],
    ])
  })

  it('is empty, and says so, where there is nothing', async () => {
    const larder = await device.openTab()
    const seen = watch(larder.viewRange(byDay, { from: 'b', to: 'd' }))
    await clock.advance(20)
    expect(seen.all).toEqual([new Map()])
  })
})

describe('the phase of a view', () => {
  const phases = (larder: Larder) => watch(larder.viewState(fragile))

  it('is loading, then live', async () => {
    const larder = await device.openTab()
    await larder.append(noted('a'))
    const seen = phases(larder)
    expect(seen.all).toMatchObject([{ phase: 'loading', state: 0 }])
    await clock.advance(20)
    expect(seen.last()).toEqual({ phase: 'live', state: 1, error: undefined })
  })

  it('is faulted when evolve throws: the view keeps its state, does not end, and the others go on', async () => {
    const larder = await device.openTab()
    const [seen, plain, other, health] = [
      phases(larder),
      watch(larder.view(fragile)),
      watch(larder.view(journal)),
      watch(larder.health$),
    ]
    await larder.append(noted('a'))
    await clock.advance(50)
    await larder.append(noted('boom'))
    await clock.advance(50)
    expect(seen.last()?.phase).toBe('faulted')
    await larder.append(noted('b'))
    await clock.advance(50)
    expect(seen.last()).toMatchObject({ phase: 'faulted', state: 1, error: { code: 'projection-faulted' } })
    expect(seen.last()?.error?.message).not.toContain('secret')
    expect([plain.all.at(-1), plain.ended(), other.last()]).toEqual([1, undefined, ['a', 'boom', 'b']])
    expect(health.last()?.faulted).toMatchObject([{ projection: 'fragile' }])
  })

  it('is live again when the event at fault is refused', async () => {
    const server = new SyncServer()
    server.rules = [ruleAgainst('boom', { code: 'no', message: 'No' })]
    server.instead = () => answer(503, '')
    const larder = await device.openTab({ server })
    const [seen, health] = [phases(larder), watch(larder.health$)]
    await clock.advance(50)
    await larder.append(noted('boom'))
    await clock.advance(50)
    expect([seen.last()?.phase, health.last()?.faulted.length]).toEqual(['faulted', 1])
    server.instead = undefined
    await clock.advance(600_000)
    expect([seen.last()?.phase, health.last()?.faulted.length]).toEqual(['live', 0])
  })

  it('is faulted while the log cannot be read, and live again when it can', async () => {
    let backend: FaultyBackend | undefined
    const larder = await device.openTab({
      wrap: (inner) => {
        backend = new FaultyBackend(inner)
        return backend
      },
    })
    await larder.append(noted('a'))
    backend?.failNext(1)
    const seen = watch(larder.viewState(journal))
    await clock.advance(20)
    expect(seen.last()).toMatchObject({ phase: 'faulted', error: { code: 'storage-failed' } })
    await clock.advance(5000)
    expect(seen.last()).toEqual({ phase: 'live', state: ['a'], error: undefined })
  })
})

describe('the arguments of a view', () => {
  it('name a key where there is one per key, and none where there is one state', async () => {
    const larder = await device.openTab()
    const untyped = larder as unknown as {
      view: (...given: unknown[]) => unknown
      get: (...given: unknown[]) => unknown
    }
    expect(() => untyped.view(byDay)).toThrow(/say which/)
    expect(() => untyped.view(journal, 'mon')).toThrow(/give no key/)
    await expect(untyped.get(byDay, { layer: 'all' })).rejects.toMatchObject({ code: 'argument' })
  })
})
