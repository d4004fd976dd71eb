import { expect, it } from 'vitest'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { watchedTransaction } from '../../src/testing/faults/watched-transaction.ts'
import { Device } from '../support/device.ts'
import { Noted, noted } from '../support/notes.ts'
import { thorough } from '../support/thorough.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

/** How many a commit makes, of which there are four. */
const EACH = thorough(1000, 150)
const KEPT = 3.5 * EACH

/** Counts the calls by which every dead letter is read, in one tab. */
function counting() {
  const reads = { all: 0 }
  const wrap = (backend: StorageBackend): StorageBackend => ({
    mode: 'custom',
    close: () => backend.close(),
    transact: (mode, tables, work) =>
      backend.transact(mode, tables, (tx) => {
        const watched = watchedTransaction(tx, async () => undefined)
        const read: typeof tx.read = (table, range) => {
          if (table === 'deadLetters' && range.limit === undefined) reads.all++
          return tx.read(table, range)
        }
        return work({ ...watched, read })
      }),
  })
  return { reads, wrap }
}

it('thousands of letters come and go one after another, and nobody reads all of them for each', async () => {
  const clock = new VirtualClock()
  const device = new Device(1, clock)
  const [own, others] = [counting(), counting()]
  const limits = { deadLetters: { maxSize: KEPT, whenFull: 'drop-oldest' } } as const
  const a = await device.openTab({ wrap: own.wrap, ...limits })
  const b = await device.openTab({ wrap: others.wrap, ...limits })
  a.handle(
    Noted,
    () => {
      throw new Error('no')
    },
    { name: 'coach', retry: { attempts: 1 } },
  )
  for (let n = 0; n < 4; n++) await a.append(Array.from({ length: EACH }, (_, k) => noted(`${n * EACH + k}`)))
  for (let second = 0; second < 120; second++) await clock.advance(1000)
  const [list, listOfOther] = [await a.deadLetters.list(), await b.deadLetters.list()]
  expect(list).toHaveLength(KEPT)
  expect(listOfOther.map(({ id }) => id)).toEqual(list.map(({ id }) => id))
  expect((await a.events({ limit: 1 })).events).toHaveLength(1)
  // At opening, and when hundreds were dropped at once; the other tab too where it was behind.
  expect(own.reads.all).toBeLessThan(10)
  expect(others.reads.all).toBeLessThan(50)
  await Promise.all([a.close(), b.close()])
})
