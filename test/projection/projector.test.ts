import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection } from '../../src/domain.ts'
import { Projector } from '../../src/projection/projector.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { failureOf } from '../support/failure.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { Erased, journal, Noted, noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { settle } from '../support/settle.ts'
import { settled } from '../support/virtual-clock.ts'

async function opened(options: { authority?: 'local' | 'server'; disk?: MemoryDisk } = {}) {
  const store = await openStore({ authority: 'server', ...options })
  return { store, projector: new Projector(notes, store) }
}

describe('folding', () => {
  it('does not fold twice what is confirmed in the order in which it waited', async () => {
    let folded = 0
    const counted = defineProjection('counted', {
      version: 1,
      events: [Noted],
      initial: () => ({ count: 0 }),
      evolve: { Noted: ({ count }) => ({ count: count + Math.sign(++folded) }) },
    })
    const store = await openStore({ authority: 'server' })
    const projector = new Projector(defineDomain({ version: '1', events: [Noted], projections: [counted] }), store)
    const commits = ['a', 'b', 'c'].map((text) => prepared(noted(text)))
    await Promise.all(commits.map((commit) => store.append(commit)))
    const before = await projector.state('counted', '', 'all')
    await settle(store, { confirm: commits.map(({ id }) => id) })
    expect(await projector.state('counted', '', 'all')).toBe(before)
    expect(folded).toBe(3)
  })

  it('catches up with a log of any length while appends arrive, and misses none', async () => {
    for (let delay = 0; delay < 60; delay++) {
      const disk = new MemoryDisk()
      const first = await openStore({ disk, authority: 'local' })
      for (let n = 0; n < 10; n++) await first.append(prepared(noted(`old ${n}`)))
      const { store, projector } = await opened({ disk, authority: 'local' })
      const ready = projector.ready('journal')
      // After every number of turns that catching up takes, also the very last.
      for (let turn = 0; turn < delay; turn++) await Promise.resolve()
      const append = store.append(prepared(noted('new')))
      await Promise.all([ready, append])
      await settled()
      expect(projector.peek('journal')?.state('', 'all')).toHaveLength(11)
    }
  })

  it('misses no commit that is queued while it catches up', async () => {
    for (let delay = 0; delay < 60; delay++) {
      const { store, projector } = await opened()
      await store.append(prepared(noted('old')))
      const append = store.append(prepared(noted('new')))
      for (let turn = 0; turn < delay; turn++) await Promise.resolve()
      const ready = projector.ready('journal')
      await Promise.all([ready, append])
      await settled()
      expect(projector.peek('journal')?.state('', 'all')).toEqual(['old', 'new'])
    }
  })

  it('follows another tab that wrote more than can be passed on', async () => {
    const disk = new MemoryDisk()
    const [one, two] = [await opened({ disk, authority: 'local' }), await opened({ disk, authority: 'local' })]
    await two.projector.ready('journal')
    for (let n = 0; n < 30; n++) await one.store.append(prepared(noted(String(n))))
    await two.store.refresh()
    expect(await two.projector.state('journal', '', 'all')).toHaveLength(30)
  })

  it('leaves out what today’s definitions cannot read, and goes on', async () => {
    const disk = new MemoryDisk()
    const { store } = await opened({ disk })
    await store.append(prepared([noted('a'), Erased({ text: 'a' }), noted('b')]))
    const older = new Projector(
      defineDomain({
        version: '0',
        events: [Noted],
        projections: [
          defineProjection('journal', {
            version: 1,
            events: [Noted],
            initial: (): readonly string[] => [],
            evolve: { Noted: (lines, { data }) => [...lines, data.text] },
          }),
        ],
      }),
      store,
    )
    expect(await older.state('journal', '', 'all')).toEqual(['a', 'b'])
  })

  it('takes each event of a long segment once, whether it takes most of them or few', async () => {
    for (const isTaken of [() => true, (n: number) => n % 3 !== 0, (n: number) => n % 3 === 0]) {
      const { store } = await opened({ authority: 'local' })
      const texts = Array.from({ length: 700 }, (_, n) => String(n))
      const events = texts.map((text, n) => (isTaken(n) ? noted(text) : Erased({ text: 'none' })))
      for (const part of [events.slice(0, 400), events.slice(400)]) await store.append(prepared(part))
      const taking = defineProjection('taking', {
        version: 1,
        events: [Noted],
        initial: (): readonly string[] => [],
        evolve: { Noted: (lines, { data }) => [...lines, data.text] },
      })
      const taker = new Projector(defineDomain({ version: '1', events: [Noted, Erased], projections: [taking] }), store)
      const expected = texts.filter((_, n) => isTaken(n))
      expect(await taker.state('taking', '', 'all')).toEqual(expected)
    }
  })

  it('starts again after the log could not be read', async () => {
    const disk = new MemoryDisk()
    const backend = new FaultyBackend(openMemoryStorage(disk))
    const store = await openStore({ disk, backend })
    await store.append(prepared(noted('a')))
    const projector = new Projector(notes, store)
    backend.failNext(1)
    expect((await failureOf(() => projector.state('journal', '', 'all'))).code).toBe('storage-failed')
    expect(await projector.state('journal', '', 'all')).toEqual(['a'])
  })
})

describe('a projection that throws', () => {
  it('stops at that event; the others, and the store, go on', async () => {
    const { store, projector } = await opened({ authority: 'local' })
    await Promise.all(['fragile', 'journal', 'byDay'].map((name) => projector.ready(name)))
    const boom = prepared(noted('boom'))
    await store.append(prepared(noted('a', 'mon')))
    await store.append(boom)
    await store.append(prepared(noted('b', 'mon')))
    expect(await projector.state('journal', '', 'all')).toEqual(['a', 'boom', 'b'])
    expect(await projector.state('byDay', 'mon', 'all')).toEqual(['a', 'b'])
    const [eventId] = boom.eventIds
    const error = await failureOf(() => projector.state('fragile', '', 'all'))
    expect(error).toMatchObject({ code: 'projection-faulted', details: { projection: 'fragile', eventId } })
    expect(error.message).not.toContain('secret')
    expect(projector.faults()).toMatchObject([{ projection: 'fragile', fault: { eventId } }])
    expect(projector.peek('fragile')?.state('', 'all')).toBe(1)
  })

  it('at a pending event is well again when the event is rejected', async () => {
    const { store, projector } = await opened()
    await projector.ready('fragile')
    const [good, boom, later] = ['a', 'boom', 'b'].map((text) => prepared(noted(text)))
    for (const commit of [good, boom, later]) if (commit !== undefined) await store.append(commit)
    expect(projector.faults()).toHaveLength(1)
    await settle(store, { reject: [boom?.id ?? ''] })
    expect(projector.faults()).toEqual([])
    expect(await projector.state('fragile', '', 'all')).toBe(2)
  })

  it('does not half fold an event of several keys', async () => {
    const both = defineProjection('both', {
      version: 1,
      events: [Noted],
      key: ({ data }) => data.days,
      initial: (): number => 0,
      evolve: {
        Noted: (count, { data }) => {
          if (count === 1 && data.text === 'boom') throw new Error('x')
          return count + 1
        },
      },
    })
    const store = await openStore({ authority: 'local' })
    const projector = new Projector(defineDomain({ version: '1', events: [Noted], projections: [both] }), store)
    const states = await projector.ready('both')
    await store.append(prepared(noted('a', 'tue')))
    await store.append(prepared(noted('boom', 'mon', 'tue')))
    expect([states.state('mon', 'all'), states.state('tue', 'all')]).toEqual([0, 1])
    expect(states.keys('all')).toEqual(['tue'])
  })

  it('has no say in whether an append is stored', async () => {
    const { store, projector } = await opened({ authority: 'local' })
    await projector.ready('fragile')
    const stored = await Promise.all(['boom', 'a'].map((text) => store.append(prepared(noted(text)))))
    expect(stored.map(({ position }) => position)).toEqual([1, 2])
    expect(store.known.head).toBe(2)
  })
})

describe('definitions', () => {
  const initial = () => 0
  const evolve = { Noted: (count: number) => count }

  it('say at once what is wrong with them', () => {
    expect(() => defineProjection('', { version: 1, events: [Noted], initial, evolve })).toThrow(/needs a name/)
    for (const version of [0, -1, 1.5, Number.NaN])
      expect(() => defineProjection('p', { version, events: [Noted], initial, evolve })).toThrow(/whole number from 1/)
    const missing: unknown = {}
    expect(() =>
      defineProjection('p', { version: 1, events: [Noted], initial, evolve: missing as typeof evolve }),
    ).toThrow(/no function for it/)
    const inherited = defineEvent('constructor', { schema: z.unknown() })
    expect(() => defineProjection('p', { version: 1, events: [inherited], initial, evolve: missing as never })).toThrow(
      /no function for it/,
    )
  })

  it('have one name each, and fold only events of the domain', () => {
    expect(() => defineDomain({ version: '1', events: [Noted, Erased], projections: [journal, journal] })).toThrow(
      /Two projections/,
    )
    expect(() => defineDomain({ version: '1', events: [Noted], projections: [journal] })).toThrow(/not in the domain/)
    expect(() => defineDomain({ version: '', events: [] })).toThrow(/needs a version/)
  })

  it('that nobody wrote are not found', async () => {
    const { projector } = await opened()
    expect(await failureOf(() => projector.state('nope', '', 'all'))).toMatchObject({
      code: 'projection-unknown',
      details: { projection: 'nope' },
    })
  })
})
