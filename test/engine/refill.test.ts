import { beforeEach, describe, expect, it } from 'vitest'
import { defineAggregate, defineDomain } from '../../src/domain.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { Device } from '../support/device.ts'
import { Noted } from '../support/notes.ts'
import { streamOf, textOf } from '../support/streams.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const book = defineAggregate('book', {
  stream: (id) => id,
  events: [Noted],
  initial: (): readonly string[] => [],
  evolve: { Noted: (lines, { data }) => [...lines, data.text] },
  commands: { write: { args: undefined, decide: (lines) => Noted({ text: `after ${lines.length}` }) } },
})
const domain = defineDomain({ version: 'books', events: [Noted], aggregates: [book] })

let clock: VirtualClock
let phone: Device

beforeEach(() => {
  clock = new VirtualClock()
  phone = new Device(1, clock)
})

const open = (device = phone): Promise<Larder> => device.openTab({ domain })
const backupOf = (larder: Larder): Promise<string> => textOf(larder.backup.export())
const notes = () => [...phone.disk.tables.quarantine.records.values()]
const execute = (larder: Larder, id = 'a'): Promise<unknown> => larder.execute(book, id).write()

async function read(larder: Larder): Promise<string[]> {
  const events: string[] = []
  for await (const { position, data } of larder.events()) events.push(`${position}: ${JSON.stringify(data)}`)
  return events
}

/** Positions 1 to 12 in twelve segments: odd ones are of stream `a`, even ones of `b`. Answers a backup of it, and what it says. */
async function twelve(size = 0): Promise<{ backup: string; whole: string[] }> {
  const writer = await open()
  for (let n = 1; n <= 12; n++)
    await writer.append(Noted({ text: `${n}${'.'.repeat(size)}` }, { stream: n % 2 === 0 ? 'b' : 'a' }))
  const backup = await backupOf(writer)
  const whole = await read(writer)
  await writer.close()
  return { backup, whole }
}

function lose(keys: readonly number[]): void {
  for (const key of keys) phone.disk.confirmed.delete(key)
}

function spoil(keys: readonly number[]): void {
  for (const key of keys) {
    const row = phone.disk.confirmed.records.get(key)
    if (row === undefined) throw new Error(`There is a segment that ends at ${key}.`)
    phone.disk.confirmed.put(key, { ...row, checksum: 7 })
  }
}

describe('C30: a backup that is imported into the store that has lost something', () => {
  describe.each([
    ['a hole in the middle', [5], []],
    ['a hole at the beginning', [1, 2, 3], []],
    ['several holes', [3, 5, 6, 7, 10], []],
    ['a damaged record', [], [5]],
    ['damaged records beside each other', [], [4, 5, 6]],
    ['damaged records and what is missing in front', [2, 3, 8], [4, 5, 9]],
  ] as const)('%s', (_, gone, damaged) => {
    it.each([
      ['as it was', 0],
      ['in several parts', 100_000],
    ])('has it back in its place, %s', async (__, size) => {
      const { backup, whole } = await twelve(size)
      lose(gone)
      spoil(damaged)
      const lost = gone.length + damaged.length
      const larder = await open()
      const other = await open()
      await expect(execute(larder)).rejects.toMatchObject({ code: 'storage-damaged' })
      await larder.append(Noted({ text: 'by hand' }, { stream: 'a' }))
      const told = await larder.backup.import(streamOf(backup))
      expect(told).toMatchObject({ commits: lost, events: lost, known: 12 - lost })
      expect((await read(larder)).slice(0, 12)).toEqual(whole)
      expect(await larder.verify()).toMatchObject({ ok: true, events: 13, uncounted: 0 })
      for (const note of notes()) expect(note.repairedAt).toBeTypeOf('number')
      for (const tab of [larder, other]) {
        await execute(tab)
        await clock.advance(100)
      }
      expect((await larder.load(book, 'a')).state.slice(6)).toEqual(['by hand', 'after 7', 'after 8'])
      expect(await larder.backup.import(streamOf(backup))).toMatchObject({ commits: 0, known: 12 })
      await larder.close()
      await other.close()
      const again = await open()
      expect((await read(again)).slice(0, 12)).toEqual(whole)
      await execute(again, 'b')
      await again.close()
    })
  })

  it('keeps what was damaged', async () => {
    const { backup } = await twelve()
    spoil([5])
    const record = phone.disk.confirmed.records.get(5)
    const larder = await open()
    await larder.backup.import(streamOf(backup))
    expect(notes()).toMatchObject([{ id: 'confirmed:5', range: { first: 5, last: 5 }, record }])
    await larder.close()
  })

  it('has views and feeds that begin go by what was put back', async () => {
    const { backup } = await twelve()
    lose([5])
    const larder = await open()
    expect((await larder.load(book, 'a')).state).toHaveLength(5)
    await larder.backup.import(streamOf(backup))
    expect((await larder.load(book, 'a')).state).toEqual(['1', '3', '5', '7', '9', '11'])
    const fed: unknown[] = []
    larder.events$().subscribe(({ position }) => fed.push(position))
    await clock.advance(100)
    expect(fed).toHaveLength(12)
    await larder.close()
  })

  it('has in part what the backup has in part, and stays closed to commands until it is whole', async () => {
    const { backup: early } = await (async () => {
      const writer = await open()
      for (const n of [1, 2, 3, 4, 5]) await writer.append(Noted({ text: `${n}` }, { stream: 'a' }))
      const text = await backupOf(writer)
      for (const n of [6, 7, 8]) await writer.append(Noted({ text: `${n}` }, { stream: 'a' }))
      await writer.close()
      return { backup: text }
    })()
    const before = await open()
    const backup = await backupOf(before)
    await before.close()
    lose([4, 5, 6, 7])
    const larder = await open()
    expect(await larder.backup.import(streamOf(early))).toMatchObject({ commits: 2, known: 3 })
    expect(await larder.verify()).toMatchObject({ ok: false, events: 6 })
    await expect(execute(larder)).rejects.toMatchObject({ code: 'storage-damaged' })
    expect(await larder.backup.import(streamOf(backup))).toMatchObject({ commits: 2, known: 6 })
    expect(await larder.verify()).toMatchObject({ ok: true, events: 8 })
    await execute(larder)
    expect((await larder.load(book, 'a')).state.at(-1)).toBe('after 8')
    await larder.close()
  })

  it('stays closed to commands where another part in front is still missing', async () => {
    await twelve()
    lose([3])
    const first = await open()
    const backup = await backupOf(first)
    await first.close()
    lose([5])
    const larder = await open()
    expect(await larder.backup.import(streamOf(backup))).toMatchObject({ commits: 1, known: 10 })
    expect(await larder.verify()).toMatchObject({
      ok: false,
      events: 11,
      damaged: [{ id: 'confirmed:3' }, { repaired: true }],
    })
    await expect(execute(larder)).rejects.toMatchObject({ code: 'storage-damaged', details: { record: 'confirmed:3' } })
    await larder.close()
  })
})

describe('a backup that cannot fill what was lost', () => {
  it.each([
    ['in the middle', [5]],
    ['at the beginning', [1]],
    ['at the end', [12]],
  ])('of another log is added behind what was lost %s, and nothing counts as repaired', async (_, gone) => {
    const { backup } = await twelve()
    const strange = await open(new Device(2, clock))
    for (let n = 1; n <= 14; n++) await strange.append(Noted({ text: `strange ${n}` }, { stream: 'a' }))
    const another = await backupOf(strange)
    await strange.close()
    const last = await open()
    await last.append(Noted({ text: '13' }, { stream: 'a' }))
    await last.close()
    lose(gone)
    const larder = await open()
    expect(await larder.backup.import(streamOf(another))).toMatchObject({ commits: 14, known: 0 })
    expect(await larder.verify()).toMatchObject({ ok: false, events: 26 })
    await larder.backup.import(streamOf(backup))
    expect(await larder.verify()).toMatchObject({ ok: true, events: 27 })
    await larder.close()
  })

  it('can be imported into a new store, as the sentence of the error says', async () => {
    await twelve()
    lose([5])
    const damaged = await open()
    await expect(execute(damaged)).rejects.toThrow(/import it into a new store/i)
    const left = await backupOf(damaged)
    await damaged.close()
    const fresh = await open(new Device(3, clock))
    await fresh.backup.import(streamOf(left))
    await execute(fresh)
    expect(await fresh.verify()).toMatchObject({ ok: true, events: 12 })
    await fresh.close()
  })
})
