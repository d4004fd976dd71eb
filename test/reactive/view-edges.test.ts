import { config } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineDomain, defineProjection } from '../../src/domain.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { byDay, journal, Noted, noted } from '../support/notes.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

afterEach(() => {
  config.onUnhandledError = null
})

const evolve = {
  Noted: (lines: readonly string[], { data }: { data: { text: string; days: readonly string[] } }) => {
    if (data.text.startsWith('boom')) throw new RangeError('secret')
    return [...lines, data.text]
  },
}
const initial = (): readonly string[] => []
const parking = defineProjection('parking', {
  version: 1,
  events: [Noted],
  key: ({ data }) => data.days,
  initial,
  evolve,
  onFault: 'park',
})
const skipping = defineProjection('skipping', { version: 1, events: [Noted], initial, evolve, onFault: 'skip' })
const domain = defineDomain({ version: '1', events: [Noted], projections: [parking, skipping] })

describe('C99: functions that do what they must not', () => {
  it('evolve throws with park: that key stops, is named, and is refused to readers; the others go on', async () => {
    const larder = await device.openTab({ domain })
    const [mon, tue, health] = [
      watch(larder.viewState(parking, 'mon')),
      watch(larder.viewState(parking, 'tue')),
      watch(larder.health$),
    ]
    await larder.append([noted('a', 'mon', 'tue'), noted('boom', 'mon'), noted('b', 'mon', 'tue')])
    await clock.advance(50)
    expect(mon.last()).toMatchObject({ phase: 'faulted', state: ['a'], error: { code: 'projection-faulted' } })
    expect(tue.last()).toEqual({ phase: 'live', state: ['a', 'b'], progress: undefined, error: undefined })
    expect((await failureOf(() => larder.get(parking, 'mon'))).code).toBe('projection-faulted')
    expect(await larder.get(parking, 'tue')).toEqual(['a', 'b'])
    expect(health.last()).toMatchObject({
      faulted: [],
      skipped: [],
      parked: [{ projection: 'parking', count: 1, keys: [{ key: 'mon' }] }],
    })
    expect(JSON.stringify(health.last())).not.toContain('secret')
  })

  it('evolve throws with skip: the event is left out, and counted', async () => {
    const larder = await device.openTab({ domain })
    const [view, health] = [watch(larder.viewState(skipping)), watch(larder.health$)]
    for (const text of ['a', 'boom 1', 'b', 'boom 2']) await larder.append(noted(text))
    await clock.advance(50)
    expect(view.last()).toMatchObject({ phase: 'live', state: ['a', 'b'] })
    expect(health.last()).toMatchObject({ faulted: [], parked: [], skipped: [{ projection: 'skipping', count: 2 }] })
    expect(health.last()?.skipped[0]?.events).toHaveLength(2)
  })

  it('a subscriber throws: the others are told, and it is told of the next change', async () => {
    const thrown: unknown[] = []
    config.onUnhandledError = (error: unknown) => thrown.push(error)
    const larder = await device.openTab()
    let calls = 0
    larder.view(journal).subscribe(() => {
      calls++
      throw new Error('no')
    })
    const seen = watch(larder.view(journal))
    await clock.advance(20)
    await larder.append(noted('a'))
    await clock.advance(20)
    await new Promise((resolve) => setTimeout(resolve))
    expect([seen.last(), calls, thrown.length]).toEqual([['a'], 2, 2])
  })

  it('a subscriber appends: what it is told next has it, and nothing waits for itself', async () => {
    const larder = await device.openTab()
    const appended: Promise<unknown>[] = []
    const seen: (readonly string[])[] = []
    larder.view(journal).subscribe((lines) => {
      seen.push(lines)
      if (lines.length < 3) appended.push(larder.append(noted(`${lines.length}`)))
    })
    await clock.advance(200)
    await Promise.all(appended)
    expect(seen.at(-1)).toEqual(['0', '1', '2'])
  })

  it('evolve appends, where engine and app share a thread: it is stored behind, and the states are those of the log', async () => {
    let larder: Larder | undefined
    const appended: Promise<unknown>[] = []
    const echo = defineProjection('echo', {
      version: 1,
      events: [Noted],
      initial,
      evolve: {
        Noted: (lines, { data }) => {
          if (data.text.length < 3 && larder !== undefined) appended.push(larder.append(noted(`${data.text}!`)))
          return [...lines, data.text]
        },
      },
    })
    larder = await device.openTab({ domain: defineDomain({ version: '1', events: [Noted], projections: [echo] }) })
    const seen = watch(larder.view(echo))
    await clock.advance(20)
    await larder.append(noted('a'))
    await clock.advance(200)
    await Promise.all(appended)
    expect(seen.last()).toEqual(['a', 'a!', 'a!!'])
    expect(await larder.get(echo)).toEqual(['a', 'a!', 'a!!'])
  })
})

describe('a view', () => {
  it('emits nothing for a log that cannot be read, rather than a state that nobody knows', async () => {
    let backend: FaultyBackend | undefined
    const larder = await device.openTab({
      wrap: (inner) => {
        backend = new FaultyBackend(inner)
        return backend
      },
    })
    await larder.append(noted('a', 'mon'))
    backend?.failNext(1)
    const [seen, range, state] = [
      watch(larder.view(byDay, 'mon')),
      watch(larder.viewRange(byDay, { from: 'a', to: 'z' })),
      watch(larder.viewState(byDay, 'mon')),
    ]
    await clock.advance(20)
    expect([seen.all, range.all, state.last()?.phase]).toEqual([[], [], 'faulted'])
    await clock.advance(5000)
    expect([seen.all, range.last(), state.last()?.phase]).toEqual([[['a']], new Map([['mon', ['a']]]), 'live'])
  })

  it('of a range refuses ends that are no keys, and is empty between ends the wrong way round', async () => {
    const larder = await device.openTab()
    await larder.append(noted('a', 'm'))
    const untyped = larder as unknown as { viewRange: (...given: unknown[]) => unknown }
    for (const range of [undefined, {}, { from: 'a' }, { from: 'a', to: 5 }])
      expect(() => untyped.viewRange(byDay, range)).toThrow(expect.objectContaining({ code: 'argument' }))
    const seen = watch(larder.viewRange(byDay, { from: 'z', to: 'a' }))
    await clock.advance(20)
    await larder.append(noted('b', 'm'))
    await clock.advance(20)
    expect(seen.all).toEqual([new Map()])
  })
})

describe('a rebuild that a page asks for', () => {
  it('ends when the states are swapped, and says how far it is on the way', async () => {
    const larder = await device.openTab()
    for (let n = 0; n < 40; n++) await larder.append(noted(String(n)))
    const seen = watch(larder.view(journal))
    await clock.advance(20)
    const progress: number[] = []
    let isDone = false
    void larder.rebuild(journal, { onProgress: ({ done }) => progress.push(done) }).then(() => {
      isDone = true
    })
    await clock.advance(1000)
    expect(isDone).toBe(true)
    expect(progress.length).toBeGreaterThan(2)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(seen.all.map(({ length }) => length)).toEqual(seen.all.map(() => 40))
    const untyped = larder as unknown as { rebuild: (...given: unknown[]) => Promise<unknown> }
    expect((await failureOf(() => untyped.rebuild({ name: 'nope' }))).code).toBe('projection-unknown')
    expect((await failureOf(() => untyped.rebuild(journal, { onProgress: 5 }))).code).toBe('argument')
  })
})
