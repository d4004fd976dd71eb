import { expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { NOTE_LIMITS } from '../../src/store/bound-notes.ts'
import { putNotes } from '../../src/store/quarantine.ts'
import { quarantineId } from '../../src/store/segment-reader.ts'

/** Notes of handlers, whose names an app gives: each with a record of its own, put one after the other. */
async function noted(names: readonly string[]): Promise<readonly (readonly [string, unknown])[]> {
  const disk = new MemoryDisk()
  for (const [at, name] of names.entries()) {
    const note = { reason: 'x', at, range: undefined, repairedAt: undefined, record: `${name} ${at}` }
    await openMemoryStorage(disk).transact('write', ['quarantine'], (tx) =>
      putNotes(tx, [{ id: quarantineId('handlers', name), table: 'handlers', key: name, ...note }]),
    )
  }
  return [...disk.tables.quarantine.records.values()].map(({ key, record }) => [String(key), record] as const)
}

const recordsOf = (notes: readonly (readonly [string, unknown])[], name: string) =>
  notes.flatMap(([key, record]) => (key === name ? [record] : [])).toSorted()

it.each([
  ['a text', 'mail#weekly'],
  ['a number', 'mail#1'],
  ['a number that comes later', 'mail#2'],
  ['nothing', 'mail#'],
  ['several', 'mail#1#1'],
])('C30: a handler whose name goes on behind that of another with # and %s keeps its own notes', async (_, other) => {
  const names = ['mail', other, 'mail', other, 'mail', other, 'mail', other]
  for (const order of [names, names.toReversed(), names.toSorted(), names.toSorted().toReversed()]) {
    const notes = await noted(order)
    for (const name of ['mail', other])
      expect(recordsOf(notes, name)).toEqual(
        order.flatMap((each, at) => (each === name ? [`${name} ${at}`] : [])).toSorted(),
      )
  }
})

it('C30: of each the last few are kept', async () => {
  const names = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? 'mail' : 'mail#1'))
  const notes = await noted(names)
  for (const name of ['mail', 'mail#1']) {
    const all = names.flatMap((each, at) => (each === name ? [`${name} ${at}`] : []))
    expect(recordsOf(notes, name)).toEqual(all.slice(-NOTE_LIMITS.ofOnePlace).toSorted())
  }
})

it('C30: what an earlier build noted by a name as it is stays where it is', async () => {
  const disk = new MemoryDisk()
  const note = { table: 'handlers', at: 1, reason: 'x', range: undefined, repairedAt: undefined } as const
  disk.tables.quarantine.put('handlers:mail#weekly', {
    ...note,
    id: 'handlers:mail#weekly',
    key: 'mail#weekly',
    record: 0,
  })
  for (const record of [1, 2, 3])
    await openMemoryStorage(disk).transact('write', ['quarantine'], (tx) =>
      putNotes(tx, [{ ...note, id: 'handlers:mail', key: 'mail', record }]),
    )
  const kept = new Map([...disk.tables.quarantine.records.values()].map(({ id, record }) => [id, record]))
  expect(Object.fromEntries(kept)).toEqual({
    'handlers:mail#weekly': 0,
    'handlers:mail': 3,
    'handlers:mail#1': 1,
    'handlers:mail#2': 2,
  })
})
