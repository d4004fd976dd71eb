import { isLarderError } from '../../errors.ts'
import type { PendingRecord } from '../../store/records.ts'
import type { StorageBackend } from '../../store/storage-backend.ts'
import { failureOf } from './failure-of.ts'
import { sampleMeta, samplePending, sampleSegment } from './sample-records.ts'
import type { StoragePlace } from './storage-place.ts'
import type { TestRunner } from './test-runner.ts'

const ORDERS = ['pending'] as const

/** All or nothing, one after another, and what happens at the end. */
export function storageTransactionsContract({ describe, it, expect }: TestRunner, newPlace: () => StoragePlace): void {
  const orders = async (storage: StorageBackend): Promise<number[]> =>
    (await storage.transact('read', ORDERS, (tx) => tx.read('pending', {}))).map(({ order }) => order)

  describe('transactions', () => {
    it('leave nothing behind when the work throws, and pass its error on as it is', async () => {
      const storage = await newPlace().open()
      await storage.transact('write', ORDERS, (tx) => tx.put('pending', samplePending(1)))
      const thrown = new Error('changed my mind')
      const failure = await failureOf(
        storage.transact('write', ['pending', 'meta'], async (tx) => {
          await tx.put('meta', sampleMeta())
          await tx.put('pending', samplePending(2))
          await tx.delete('pending', 1)
          throw thrown
        }),
      )
      expect(failure).toBe(thrown)
      expect(await orders(storage)).toEqual([1])
      expect(await storage.transact('read', ['meta'], (tx) => tx.get('meta', 'log'))).toBe(undefined)
      await storage.close()
    })

    it('leave nothing behind when the work throws before it writes', async () => {
      const storage = await newPlace().open()
      const thrown = new Error('at once')
      expect(await failureOf(storage.transact('write', ORDERS, () => Promise.reject(thrown)))).toBe(thrown)
      expect(await orders(storage)).toEqual([])
      await storage.close()
    })

    it('leave nothing behind when a record in the middle of a put cannot be stored', async () => {
      const storage = await newPlace().open()
      const failure = await failureOf(
        storage.transact('write', ORDERS, (tx) => tx.put('pending', samplePending(1), unstorable(2), samplePending(3))),
      )
      expect(isLarderError(failure, 'storage-failed')).toBe(true)
      expect(await orders(storage)).toEqual([])
      await storage.close()
    })

    it('leave nothing behind when a call failed, even if the work goes on after it', async () => {
      const storage = await newPlace().open()
      const failure = await failureOf(
        storage.transact('write', ORDERS, async (tx) => {
          await tx.put('pending', samplePending(1))
          await failureOf(tx.put('pending', unstorable(2)))
        }),
      )
      expect(isLarderError(failure, 'storage-failed')).toBe(true)
      expect(await orders(storage)).toEqual([])
      await storage.close()
    })

    it('refuse to write where they were asked to read', async () => {
      const storage = await newPlace().open()
      const failures = await Promise.all([
        failureOf(storage.transact('read', ORDERS, (tx) => tx.put('pending', samplePending(1)))),
        failureOf(storage.transact('read', ORDERS, (tx) => tx.delete('pending', 1))),
      ])
      expect(failures.map((failure) => isLarderError(failure))).toEqual([true, true])
      expect(await orders(storage)).toEqual([])
      await storage.close()
    })

    it('refuse a table that they were not asked for', async () => {
      const storage = await newPlace().open()
      const failure = await failureOf(storage.transact('write', ['meta'], (tx) => tx.put('pending', samplePending(1))))
      expect(isLarderError(failure)).toBe(true)
      expect(await orders(storage)).toEqual([])
      await storage.close()
    })

    it('answer what the work answers', async () => {
      const storage = await newPlace().open()
      expect(await storage.transact('write', ORDERS, async () => 'done')).toBe('done')
      expect(await storage.transact('read', ORDERS, async () => undefined)).toBe(undefined)
      await storage.close()
    })

    it('do not stand in the way of the next when they fail', async () => {
      const storage = await newPlace().open()
      await failureOf(storage.transact('write', ORDERS, () => Promise.reject(new Error('no'))))
      await storage.transact('write', ORDERS, (tx) => tx.put('pending', samplePending(1)))
      expect(await orders(storage)).toEqual([1])
      await storage.close()
    })

    it('of two tabs run one after another: no increment is lost', async () => {
      const place = newPlace()
      const tabs = [await place.open(), await place.open()]
      await tabs[0]?.transact('write', ['meta'], (tx) => tx.put('meta', sampleMeta({ nextSeq: 0 })))
      const increments = tabs.flatMap((tab) => Array.from({ length: 20 }, () => increment(tab)))
      const seen = await Promise.all(increments)
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, index) => index))
      for (const tab of tabs) await tab.close()
    })

    it('show their writes to another tab all at once', async () => {
      const place = newPlace()
      const writer = await place.open()
      const reader = await place.open()
      const writes = (async () => {
        for (let round = 1; round <= 15; round++) {
          await writer.transact('write', ['confirmed', 'pending'], async (tx) => {
            await tx.put('confirmed', sampleSegment(round))
            await tx.lastKey('pending')
            await tx.put('pending', samplePending(round))
          })
        }
      })()
      const pairs: (number | undefined)[][] = []
      do {
        pairs.push(
          await reader.transact('read', ['confirmed', 'pending'], async (tx) => [
            await tx.lastKey('confirmed'),
            await tx.lastKey('pending'),
          ]),
        )
      } while (pairs.at(-1)?.[0] !== 15)
      await writes
      expect(pairs.filter(([confirmed, pending]) => confirmed !== pending)).toEqual([])
      await writer.close()
      await reader.close()
    })

    it('that read see one state from their first call to their last', async () => {
      const place = newPlace()
      const reader = await place.open()
      const writer = await place.open()
      await writer.transact('write', ORDERS, (tx) => tx.put('pending', samplePending(1)))
      let write: Promise<void> | undefined
      const seen = await reader.transact('read', ORDERS, async (tx) => {
        const before = await tx.lastKey('pending')
        write = writer.transact('write', ORDERS, (inner) => inner.put('pending', samplePending(2)))
        for (let call = 0; call < 5; call++) await tx.get('pending', 2)
        return [before, await tx.lastKey('pending')]
      })
      await write
      expect(seen).toEqual([1, 1])
      expect(await orders(reader)).toEqual([1, 2])
      await reader.close()
      await writer.close()
    })
  })

  describe('a place', () => {
    it('shows what was committed to whoever opens it, also after it was closed', async () => {
      const place = newPlace()
      const first = await place.open()
      const second = await place.open()
      await first.transact('write', ORDERS, (tx) => tx.put('pending', samplePending(1)))
      expect(await orders(second)).toEqual([1])
      await first.close()
      await second.close()
      const third = await place.open()
      expect(await orders(third)).toEqual([1])
      await third.close()
    })

    it('is not shared with another place', async () => {
      const one = await newPlace().open()
      const other = await newPlace().open()
      await one.transact('write', ORDERS, (tx) => tx.put('pending', samplePending(1)))
      expect(await orders(other)).toEqual([])
      await one.close()
      await other.close()
    })

    it('lets running transactions finish when it is closed, and refuses later ones with `closed`', async () => {
      const place = newPlace()
      const storage = await place.open()
      const running = storage.transact('write', ORDERS, async (tx) => {
        await tx.get('pending', 1)
        await tx.put('pending', samplePending(1))
      })
      const closing = storage.close()
      expect(isLarderError(await failureOf(orders(storage)), 'closed')).toBe(true)
      await running
      await closing
      await storage.close()
      expect(isLarderError(await failureOf(orders(storage)), 'closed')).toBe(true)
      const again = await place.open()
      expect(await orders(again)).toEqual([1])
      await again.close()
    })

    it('stays open for one tab when another closes it', async () => {
      const place = newPlace()
      const staying = await place.open()
      const leaving = await place.open()
      await leaving.close()
      await staying.transact('write', ORDERS, (tx) => tx.put('pending', samplePending(1)))
      expect(await orders(staying)).toEqual([1])
      await staying.close()
    })
  })
}

async function increment(tab: StorageBackend): Promise<number> {
  return tab.transact('write', ['meta'], async (tx) => {
    const meta = await tx.get('meta', 'log')
    const nextSeq = meta?.nextSeq ?? Number.NaN
    await tx.put('meta', sampleMeta({ nextSeq: nextSeq + 1 }))
    return nextSeq
  })
}

/** A function has no copy. */
function unstorable(order: number): PendingRecord {
  const record = samplePending(order)
  return Object.assign(record, { why: () => order })
}
