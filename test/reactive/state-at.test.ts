import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { stateAt } from '../../src/projection/state-at.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { Device, watch } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { byDay, fragile, journal, noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { NOON, VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

const iso = (ms: number) => new Date(NOON + ms).toISOString()

describe('the state at a position or a time', () => {
  it('holds the events up to it, in the middle of a commit too, and leaves live states alone', async () => {
    const larder = await device.openTab()
    const seen = watch(larder.view(journal))
    await larder.append([noted('a', 'mon'), noted('b', 'tue'), noted('c', 'mon')])
    await larder.append(noted('d', 'mon'))
    await clock.advance(20)
    expect(await larder.stateAt(journal, { position: 0 })).toEqual([])
    expect(await larder.stateAt(journal, { position: 2 })).toEqual(['a', 'b'])
    expect(await larder.stateAt(byDay, 'mon', { position: 3 })).toEqual(['a', 'c'])
    expect(await larder.stateAt(byDay, 'sun', { position: 4 })).toEqual([])
    expect([seen.last(), await larder.get(journal)]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ])
  })

  it('at a time holds what is pending too, wherever it stands in the log', async () => {
    const server = new SyncServer()
    const larder = await device.openTab({ server })
    await larder.append(noted('first'))
    await clock.advance(60_000)
    server.instead = () => answer(503, '')
    await larder.append(noted('pending'))
    await clock.advance(1000)
    await larder.append(noted('later'))
    expect(await larder.stateAt(journal, { time: iso(0) })).toEqual(['first'])
    expect(await larder.stateAt(journal, { time: iso(60_500) })).toEqual(['first', 'pending'])
    expect(await larder.stateAt(journal, { time: iso(61_000) })).toEqual(['first', 'pending', 'later'])
    expect(await larder.stateAt(journal, { time: '1999-12-31' })).toEqual([])
    expect(await larder.stateAt(journal, { position: 1 })).toEqual(['first'])
  })

  it('is not to be had from behind an event at which the projection stopped', async () => {
    const larder = await device.openTab()
    for (const text of ['a', 'boom', 'b']) await larder.append(noted(text))
    expect(await larder.stateAt(fragile, { position: 1 })).toBe(1)
    expect((await failureOf(() => larder.stateAt(fragile, { position: 3 }))).code).toBe('projection-faulted')
  })

  it('refuses what is neither, and a position that the log has not reached', async () => {
    const larder = await device.openTab()
    await larder.append(noted('a'))
    const untyped = larder as unknown as { stateAt: (...given: unknown[]) => Promise<unknown> }
    const bad: readonly (readonly unknown[])[] = [
      [journal],
      [journal, {}],
      [journal, { position: 1, time: iso(0) }],
      [journal, { position: -1 }],
      [journal, { position: 1.5 }],
      [journal, { position: '1' }],
      [journal, { position: 2 }],
      [journal, { time: 'yesterday' }],
      [journal, { time: 5 }],
      [journal, 'mon', { position: 1 }],
      [byDay, { position: 1 }],
      [byDay, 'mon'],
    ]
    for (const given of bad) expect((await failureOf(() => untyped.stateAt(...given))).code).toBe('argument')
  })

  it('is what the events up to it give, however they lie in segments and whatever their times', async () => {
    const event = fc.record({ at: fc.nat(5), day: fc.constantFrom('mon', 'tue') })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(event, { minLength: 1, maxLength: 3 }), { maxLength: 20 }),
        async (commits) => {
          const store = await openStore({ disk: new MemoryDisk() })
          const all: { text: string; at: number; day: string }[] = []
          for (const events of commits) {
            const made = events.map((each) => ({ ...each, text: `n${all.length} ${each.at}` }))
            const commit = prepared(made.map(({ text, day }) => noted(text, day)))
            // Times as other devices' clocks may give them: in no order.
            const times = events.map(({ at }) => NOON + at)
            let index = 0
            const body = commit.events.body.replaceAll(iso(0), () => iso(events[index++]?.at ?? 0))
            const span = { minTime: Math.min(...times), maxTime: Math.max(...times) }
            await store.append({ ...commit, events: { ...commit.events, body, ...span } })
            for (const each of made) all.push({ ...each, text: `${each.text}` })
          }
          const at = (moment: Parameters<typeof stateAt>[3]) =>
            stateAt({ store, catalog: notes.catalog }, byDay, 'mon', moment)
          const texts = (some: readonly { text: string; day: string }[]) =>
            some.filter(({ day }) => day === 'mon').map(({ text }) => text)
          for (let position = 0; position <= all.length; position++)
            expect(await at({ position })).toEqual(texts(all.slice(0, position)))
          for (let time = 0; time <= 5; time++)
            expect(await at({ time: NOON + time })).toEqual(texts(all.filter((each) => each.at <= time)))
        },
      ),
      { numRuns: 100 },
    )
  })
})
