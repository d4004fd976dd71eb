import { expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { verifyStore } from '../../src/store/verify.ts'
import { eventsOf, importAll, linesOf, strike } from '../support/damaged-logs.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

it.each([
  ['no number', Number.NaN],
  ['no number at all', {}],
])('C30: a damaged record whose beginning is %s is put back', async (_, first) => {
  const disk = new MemoryDisk()
  const store = await openStore({ disk })
  for (const stream of ['a', 'b', 'a']) await store.append(prepared(Noted({ text: '' }, { stream })))
  const lines = await linesOf(store)
  const whole = await eventsOf(store)
  await store.close()
  disk.confirmed.put(2, { ...disk.confirmed.records.get(2), first } as never)
  const again = await openStore({ disk, seed: 2 })
  expect(await importAll(again, lines, 1000)).toEqual({ commits: 1, known: 2 })
  expect(await eventsOf(again)).toEqual(whole)
  expect((await verifyStore(again)).ok).toBe(true)
  await again.close()
})

it('C30: an import beside a tab that appends to the same streams faster than a part can be looked up ends, and loses nothing', async () => {
  const disk = new MemoryDisk()
  const store = await openStore({ disk })
  const ofAll = () => prepared(Array.from({ length: 20 }, (_, n) => Noted({ text: '' }, { stream: `${n}` })))
  for (let n = 0; n < 3; n++) await store.append(ofAll())
  const lines = await linesOf(store)
  const ids = (await eventsOf(store)).map(([, id]) => id)
  strike(disk, 40, true)
  const inner = openMemoryStorage(disk)
  let calls = 0
  const importer = await openStore({
    seed: 2,
    backend: {
      mode: 'custom',
      close: () => inner.close(),
      transact: async (mode, tables, work) => {
        if (++calls % 8 === 0) await store.append(prepared(Noted({ text: 'beside' }, { stream: '0' })))
        return inner.transact(mode, tables, work)
      },
    },
  })
  expect(await importAll(importer, lines, 1000)).toEqual({ commits: 1, known: 2 })
  expect((await eventsOf(importer)).map(([, id]) => id)).toEqual(expect.arrayContaining(ids))
  for (const each of [importer, store]) await each.close()
})
