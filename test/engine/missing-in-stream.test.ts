import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineAggregate, defineDomain } from '../../src/domain.ts'
import { loadAggregate } from '../../src/engine/load-aggregate.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Snapshots } from '../../src/snapshot/snapshots.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { MemorySnapshots } from '../../src/storage/memory/memory-snapshots.ts'
import { MemoryTransaction } from '../../src/storage/memory/memory-transaction.ts'
import { Device } from '../support/device.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const book = defineAggregate('book', {
  stream: (id) => id,
  events: [Noted],
  initial: (): readonly string[] => [],
  evolve: { Noted: (lines, { data }) => [...lines, data.text] },
  commands: { write: { args: undefined, decide: (lines) => Noted({ text: `after ${lines.length}` }) } },
  snapshot: { every: 2, version: 1 },
})
/** Ordinary code, which cannot do without the first event. */
const bound = defineAggregate('bound', {
  stream: (id) => id,
  events: [Noted],
  initial: (): readonly string[] => [],
  evolve: {
    Noted: (lines, { data }) => {
      if (data.text !== '1' && lines.length === 0) throw new Error('it has no beginning')
      return [...lines, data.text]
    },
  },
  commands: { write: { args: undefined, decide: (lines) => Noted({ text: `after ${lines.length}` }) } },
})
const domain = defineDomain({ version: 'books', events: [Noted], aggregates: [book, bound] })
const nothing = (): void => undefined
const MISSING = 'it is missing'

let clock: VirtualClock
let phone: Device
let server: SyncServer

beforeEach(() => {
  clock = new VirtualClock()
  phone = new Device(1, clock)
  server = new SyncServer()
})

const notesOn = ({ tables }: MemoryDisk) => [...tables.quarantine.records.values()]

/** Positions 1 to 12 in twelve segments: odd ones are of stream `a`, even ones of `b`. */
async function twelve(options: { server?: SyncServer } = {}): Promise<void> {
  const writer = await phone.openTab({ domain, ...options })
  for (let n = 1; n <= 12; n++) {
    await writer.append(Noted({ text: `${n}` }, { stream: n % 2 === 0 ? 'b' : 'a' }))
    if (options.server !== undefined) await clock.advance(60_000)
  }
  await writer.close()
  expect([...phone.disk.confirmed.keys.inRange({})]).toHaveLength(12)
}

async function pages(larder: Larder, direction: 'forward' | 'backward', limit: number): Promise<unknown[]> {
  const query = { stream: 'a', direction, limit } as const
  let page = await larder.events(query)
  const positions = page.events.map(({ position }) => position)
  while (page.next !== undefined) {
    page = await larder.events({ ...query, after: page.next })
    positions.push(...page.events.map(({ position }) => position))
  }
  return positions
}

const ways: Record<string, (larder: Larder) => Promise<unknown>> = {
  forward: (larder) => pages(larder, 'forward', 100),
  'forward, one at a time': (larder) => pages(larder, 'forward', 1),
  backward: (larder) => pages(larder, 'backward', 100),
  'backward, one at a time': (larder) => pages(larder, 'backward', 1),
  'part by part': async (larder) => {
    const texts: unknown[] = []
    for await (const { data } of larder.events({ stream: 'a' })) texts.push(data)
    return texts
  },
  'of a time in which it was not': (larder) => larder.events({ stream: 'a', to: '1999-01-01T00:00:00.000Z' }),
  load: (larder) => larder.load(book, 'a'),
  execute: (larder) =>
    larder
      .execute(book, 'a')
      .write()
      .catch(() => undefined),
}

describe('C30 a segment of a stream that is gone', () => {
  describe.each(Object.keys(ways))('read %s', (way) => {
    it.each([
      ['in the middle', [5], 5],
      ['at its beginning', [1], 1],
      ['with others around it', [4, 5, 6, 7], 7],
    ] as const)('%s, is noticed by the versions behind it', async (_, gone, last) => {
      await twelve()
      for (const key of gone) phone.disk.confirmed.delete(key)
      const larder = await phone.openTab({ domain })
      await ways[way]?.(larder)
      await clock.advance(100)
      const range = { first: gone[0], last }
      expect(notesOn(phone.disk)).toMatchObject([{ id: `confirmed:${last}`, range, reason: MISSING }])
      await larder.close()
    })

    it('is not looked for where only another stream has lost something', async () => {
      await twelve()
      phone.disk.confirmed.delete(6)
      const larder = await phone.openTab({ domain })
      await ways[way]?.(larder)
      await clock.advance(100)
      expect(notesOn(phone.disk)).toEqual([])
      await larder.close()
    })
  })

  it('keeps a command from being decided, and nobody from reading what is left', async () => {
    await twelve()
    phone.disk.confirmed.delete(5)
    const larder = await phone.openTab({ domain })
    expect(await pages(larder, 'forward', 2)).toEqual([1, 3, 7, 9, 11])
    expect(await pages(larder, 'backward', 2)).toEqual([11, 9, 7, 3, 1])
    expect(await larder.load(book, 'a')).toEqual({ state: ['1', '3', '7', '9', '11'], version: 6 })
    const told = await larder
      .execute(book, 'a')
      .write()
      .catch((error: unknown) => error)
    expect(told).toMatchObject({ code: 'storage-damaged', details: { record: 'confirmed:5' } })
    expect(phone.disk.confirmed.records.size).toBe(11)
    await larder.execute(book, 'b').write()
    await larder.append(Noted({ text: 'by hand' }, { stream: 'a' }), { expectedVersion: 6 })
    expect((await larder.load(book, 'b')).state).toHaveLength(7)
    await larder.close()
  })

  it.each([
    ['in the middle', 5],
    ['at the end', 11],
  ])('and one that is damaged %s keeps a command from being decided', async (_, key) => {
    await twelve()
    const row = phone.disk.confirmed.records.get(key)
    if (row === undefined) throw new Error('It is there.')
    phone.disk.confirmed.put(key, { ...row, checksum: 7 })
    for (let session = 1; session <= 2; session++) {
      const larder = await phone.openTab({ domain })
      await expect(larder.execute(book, 'a').write()).rejects.toMatchObject({
        code: 'storage-damaged',
        details: { record: `confirmed:${key}` },
      })
      expect(await larder.load(book, 'a')).toMatchObject({ state: { length: 5 } })
      await larder.append(Noted({ text: `by hand ${session}` }, { stream: 'c' }))
      await larder.close()
    }
  })

  it('says nothing against a state that was kept before it was lost', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk })
    const logger = { error: nothing, info: nothing, debug: nothing }
    const snapshots = new Snapshots({ storage: new MemorySnapshots(), clock, logger })
    const load = () => loadAggregate({ store, catalog: domain.catalog, snapshots }, book, 'a', 'a')
    const append = (text: string) => store.append(prepared(Noted({ text }, { stream: 'a' })))
    for (const text of ['1', '2', '3', '4']) await append(text)
    await load()
    await clock.advance(1000)
    disk.confirmed.delete(2)
    await append('5')
    expect(await load()).toMatchObject({ state: ['1', '2', '3', '4', '5'], damage: undefined })
    const fromTheLog = await loadAggregate({ store, catalog: domain.catalog, snapshots: undefined }, book, 'a', 'a')
    expect(fromTheLog).toMatchObject({ state: ['1', '3', '4', '5'], damage: 'confirmed:2' })
    await store.close()
  })

  it('is pulled again by a synced store, and then decided on', async () => {
    await twelve({ server })
    phone.disk.confirmed.delete(5)
    server.instead = () => answer(503, '')
    const larder = await phone.openTab({ domain, server })
    await expect(larder.execute(book, 'a').write()).rejects.toMatchObject({ code: 'storage-damaged' })
    server.instead = undefined
    await clock.advance(600_000)
    await larder.execute(book, 'a').write()
    await clock.advance(60_000)
    expect((await server.texts()).at(-1)).toBe('after 6')
    expect(await larder.verify()).toMatchObject({ ok: true, events: 13 })
    await larder.close()
  })

  it('keeps a command that waits from being decided again, until it is here again', async () => {
    await twelve({ server })
    const larder = await phone.openTab({ domain, server })
    server.instead = () => answer(503, '')
    await larder.execute(book, 'a').write()
    await server.append(Noted({ text: 'from elsewhere' }, { stream: 'a' }))
    phone.disk.confirmed.delete(5)
    // It syncs, but is not given the range again.
    server.instead = ({ echo }) => (echo ? undefined : answer(503, ''))
    await clock.advance(60_000)
    expect(await server.texts()).not.toContain('after 6')
    server.instead = undefined
    await clock.advance(600_000)
    expect((await server.texts()).slice(12)).toEqual(['from elsewhere', 'after 7'])
    expect(await larder.deadLetters.list()).toEqual([])
    await larder.close()
  })
})

describe('a stream that two parts of the log are missing of', () => {
  it('is decided on when both are back, and not between the two', async () => {
    await twelve({ server })
    for (const key of [3, 5]) phone.disk.confirmed.delete(key)
    let pulls = 0
    server.instead = ({ echo }) => (echo !== false || ++pulls <= 1 ? undefined : answer(503, ''))
    const larder = await phone.openTab({ domain, server })
    await expect(larder.execute(book, 'a').write()).rejects.toMatchObject({ code: 'storage-damaged' })
    await clock.advance(200_000)
    expect(notesOn(phone.disk).map(({ repairedAt }) => repairedAt === undefined)).toEqual([false, true])
    await expect(larder.execute(book, 'a').write()).rejects.toMatchObject({ code: 'storage-damaged' })
    server.instead = undefined
    await clock.advance(900_000)
    await larder.execute(book, 'a').write()
    await clock.advance(60_000)
    expect((await server.texts()).at(-1)).toBe('after 6')
    expect((await larder.verify()).ok).toBe(true)
    await larder.close()
  })
})

describe('an aggregate that cannot be folded without what is missing', () => {
  it('says that it is missing, and a command that waits is decided when it is back', async () => {
    await twelve({ server })
    const larder = await phone.openTab({ domain, server })
    server.instead = () => answer(503, '')
    await larder.execute(bound, 'a').write()
    await server.append(Noted({ text: 'from elsewhere' }, { stream: 'a' }))
    phone.disk.confirmed.delete(1)
    server.instead = ({ echo }) => (echo ? undefined : answer(503, ''))
    await clock.advance(60_000)
    await expect(larder.execute(bound, 'a').write()).rejects.toMatchObject({ code: 'storage-damaged' })
    expect(await larder.deadLetters.list()).toEqual([])
    server.instead = undefined
    await clock.advance(900_000)
    expect((await server.texts()).slice(-2)).toEqual(['from elsewhere', 'after 7'])
    expect(await larder.deadLetters.list()).toEqual([])
    await larder.close()
  })
})

describe('commands that wait on streams that are damaged', () => {
  /** So many streams with a command that is to be decided again, of the first of which the first event is missing. */
  async function waiting(streams: number, damaged: number): Promise<Larder> {
    const larder = await phone.openTab({ domain, server })
    const all = Array.from({ length: streams }, (_, n) => `s${n}`)
    for (const each of [all.slice(0, damaged), all.slice(damaged), all]) {
      if (each.length > 0) await larder.append(each.map((stream) => Noted({ text: 'mine' }, { stream })))
      await clock.advance(60_000)
    }
    server.instead = () => answer(503, '')
    for (const stream of all) await larder.execute(book, stream).write()
    for (const stream of all) await server.append(Noted({ text: 'from elsewhere' }, { stream }))
    phone.disk.confirmed.delete(damaged)
    // It syncs, but is not given the range again.
    server.instead = ({ echo }) => (echo ? undefined : answer(503, ''))
    return larder
  }

  it('keep none behind them from being decided, however many they are', async () => {
    const larder = await waiting(70, 66)
    await clock.advance(900_000)
    expect((await server.texts()).slice(210)).toEqual(Array.from({ length: 4 }, () => 'after 3'))
    expect(await larder.deadLetters.list()).toEqual([])
    server.instead = undefined
    await clock.advance(1_800_000)
    expect((await server.texts()).slice(210)).toEqual(Array.from({ length: 70 }, () => 'after 3'))
    expect(await larder.verify()).toMatchObject({ ok: true, pending: 0, deadLetters: 0 })
    await larder.close()
  })

  it('are not looked at again with each change of the log, but when a part of it was replaced', async () => {
    const larder = await waiting(3, 3)
    await clock.advance(900_000)
    const read = vi.spyOn(MemoryTransaction.prototype, 'readByIndex')
    for (let n = 0; n < 5; n++) {
      await larder.append(Noted({ text: 'something else' }, { stream: 'other' }))
      await clock.advance(100)
    }
    const looked = read.mock.calls.filter(([index, value]) => index === 'streams' && value.startsWith('s'))
    read.mockRestore()
    expect(looked).toEqual([])
    server.instead = undefined
    await clock.advance(1_800_000)
    expect((await server.texts()).filter((text) => text === 'after 3')).toHaveLength(3)
    await larder.close()
  })
})
