import type { KeyRange, StorageBackend } from '../../store/storage-backend.ts'
import { sampleDeadLetter, samplePending, sampleSegment } from './sample-records.ts'
import type { StoragePlace } from './storage-place.ts'
import type { TestRunner } from './test-runner.ts'

/** Order, ranges and indexes, each against a filter that fits on a line. */
export function storageReadingContract({ describe, it, expect }: TestRunner, newPlace: () => StoragePlace): void {
  describe('reading', () => {
    it('answers every range of numbers as a plain filter would', async () => {
      const storage = await newPlace().open()
      const keys = [-7, -1, 0, 1, 2, 10, 100, 2 ** 40]
      await storage.transact('write', ['pending'], (tx) =>
        tx.put('pending', ...shuffled(keys).map((key) => samplePending(key))),
      )
      for (const range of everyRange([-8, -7, 0, 5, 10, 2 ** 40, 2 ** 41])) {
        const read = await storage.transact('read', ['pending'], (tx) => tx.read('pending', range))
        expect({ range, keys: read.map(({ order }) => order) }).toEqual({ range, keys: filtered(keys, range) })
      }
      await storage.close()
    })

    it('answers every range of texts as a plain filter would, in the order of their units', async () => {
      const storage = await newPlace().open()
      const keys = ['', '0', '10', '9', 'A', 'a', 'aa', 'é', '\uE000', '😀'].sort()
      await storage.transact('write', ['deadLetters'], (tx) =>
        tx.put('deadLetters', ...shuffled(keys).map(sampleDeadLetter)),
      )
      for (const range of everyRange(['', '1', 'a', 'aa', '😀', '\uFFFF'])) {
        const read = await storage.transact('read', ['deadLetters'], (tx) => tx.read('deadLetters', range))
        expect({ range, keys: read.map(({ id }) => id) }).toEqual({ range, keys: filtered(keys, range) })
      }
      await storage.close()
    })

    it('answers every range of an index as a plain filter would', async () => {
      const storage = await newPlace().open()
      const keys = [1, 2, 3, 5, 8, 13, 21, 34]
      await storage.transact('write', ['confirmed'], (tx) =>
        tx.put('confirmed', ...shuffled(keys).map(segmentWithFactors)),
      )
      for (const divisor of [1, 2, 7]) {
        const matching = keys.filter((key) => key % divisor === 0)
        for (const range of everyRange([0, 1, 2, 7, 8, 34, 40])) {
          const read = await storage.transact('read', ['confirmed'], (tx) =>
            tx.readByIndex('streams', `by-${divisor}`, range),
          )
          const expected = filtered(matching, range)
          expect({ divisor, range, keys: read.map(({ last }) => last) }).toEqual({ divisor, range, keys: expected })
        }
      }
      await storage.close()
    })

    it('finds a segment by each of its streams, types and commits', async () => {
      const storage = await newPlace().open()
      const found = sampleSegment(2, { streams: ['a', 'b'], types: ['Eaten', 'Drunk'], commitIds: ['c1', 'c2'] })
      const other = sampleSegment(3, { streams: ['z'], types: ['Slept'], commitIds: ['c3'] })
      await storage.transact('write', ['confirmed'], (tx) => tx.put('confirmed', found, other))
      const search = [
        ['streams', 'a'],
        ['streams', 'b'],
        ['types', 'Eaten'],
        ['types', 'Drunk'],
        ['commitIds', 'c1'],
        ['commitIds', 'c2'],
      ] as const
      for (const [index, value] of search) {
        expect(await storage.transact('read', ['confirmed'], (tx) => tx.readByIndex(index, value, {}))).toEqual([found])
      }
      expect(await storage.transact('read', ['confirmed'], (tx) => tx.readByIndex('types', 'eaten', {}))).toEqual([])
      const least = (from: string, upTo: string) =>
        storage.transact('read', ['confirmed'], (tx) => tx.leastInIndex('streams', from, upTo))
      expect([await least('', 'z'), await least('aa', 'z'), await least('a', 'a'), await least('z', 'a')]).toEqual([
        'a',
        'b',
        'a',
        undefined,
      ])
      await storage.close()
    })

    it('no longer finds a segment by what it was replaced for, or when it is gone', async () => {
      const storage = await newPlace().open()
      const read = (value: string) =>
        storage.transact('read', ['confirmed'], (tx) => tx.readByIndex('streams', value, {}))
      await storage.transact('write', ['confirmed'], (tx) =>
        tx.put('confirmed', sampleSegment(1, { streams: ['old'] })),
      )
      await storage.transact('write', ['confirmed'], (tx) =>
        tx.put('confirmed', sampleSegment(1, { streams: ['new'] })),
      )
      expect([(await read('old')).length, (await read('new')).length]).toEqual([0, 1])
      await storage.transact('write', ['confirmed'], (tx) => tx.delete('confirmed', 1))
      expect(await read('new')).toEqual([])
      await storage.close()
    })

    it('knows the greatest key of each table, and that an empty one has none', async () => {
      const storage = await newPlace().open()
      const last = (): Promise<unknown[]> =>
        storage.transact('read', ['confirmed', 'pending', 'deadLetters'], async (tx) => [
          await tx.lastKey('confirmed'),
          await tx.lastKey('pending'),
          await tx.lastKey('deadLetters'),
        ])
      expect(await last()).toEqual([undefined, undefined, undefined])
      await storage.transact('write', ['confirmed', 'pending', 'deadLetters'], async (tx) => {
        await tx.put('confirmed', sampleSegment(10), sampleSegment(9))
        await tx.put('pending', samplePending(-3), samplePending(-4))
        await tx.put('deadLetters', sampleDeadLetter('a'), sampleDeadLetter('Z'))
      })
      expect(await last()).toEqual([10, -3, 'a'])
      await storage.transact('write', ['confirmed', 'pending'], async (tx) => {
        await tx.delete('confirmed', 10)
        await tx.delete('pending', -3, -4)
      })
      expect(await last()).toEqual([9, undefined, 'a'])
      await storage.close()
    })

    it('sees in a transaction what that transaction has written so far', async () => {
      const storage = await newPlace().open()
      await storage.transact('write', ['confirmed', 'pending'], async (tx) => {
        await tx.put('confirmed', ...[1, 2, 3].map(segmentWithFactors))
        await tx.put('pending', samplePending(1))
      })
      const seen = await storage.transact('write', ['confirmed', 'pending'], async (tx) => {
        await tx.put('confirmed', segmentWithFactors(4), segmentWithFactors(6))
        await tx.delete('confirmed', 2)
        await tx.put('pending', samplePending(1, { attempts: 5 }), samplePending(0))
        const even = await tx.readByIndex('streams', 'by-2', { direction: 'backward' })
        const all = await tx.read('confirmed', { after: 1, limit: 3 })
        return {
          even: even.map(({ last }) => last),
          all: all.map(({ last }) => last),
          gone: await tx.get('confirmed', 2),
          last: await tx.lastKey('confirmed'),
          attempts: (await tx.get('pending', 1))?.attempts,
          orders: (await tx.read('pending', {})).map(({ order }) => order),
        }
      })
      expect(seen).toEqual({ even: [6, 4], all: [3, 4, 6], gone: undefined, last: 6, attempts: 5, orders: [0, 1] })
      await storage.close()
    })

    it('reads a thousand records in order', async () => {
      const storage: StorageBackend = await newPlace().open()
      const orders = Array.from({ length: 1000 }, (_, index) => index * 3)
      await storage.transact('write', ['pending'], (tx) =>
        tx.put('pending', ...shuffled(orders).map((order) => samplePending(order))),
      )
      const read = await storage.transact('read', ['pending'], (tx) => tx.read('pending', {}))
      expect(read.map(({ order }) => order)).toEqual(orders)
      await storage.close()
    })
  })
}

/** Found as `by-n` for every n that divides its position. */
function segmentWithFactors(last: number) {
  const divisors = Array.from({ length: last }, (_, index) => index + 1).filter((n) => last % n === 0)
  return sampleSegment(last, { streams: divisors.map((n) => `by-${n}`) })
}

function* everyRange<K extends string | number>(bounds: readonly K[]): Generator<KeyRange<K>> {
  const some = [undefined, ...bounds]
  for (const after of some) {
    for (const upTo of some) {
      for (const limit of [undefined, 0, 1, 3]) {
        for (const direction of [undefined, 'forward', 'backward'] as const) {
          yield {
            ...(after === undefined ? {} : { after }),
            ...(upTo === undefined ? {} : { upTo }),
            ...(limit === undefined ? {} : { limit }),
            ...(direction === undefined ? {} : { direction }),
          }
        }
      }
    }
  }
}

function filtered<K extends string | number>(keys: readonly K[], { after, upTo, limit, direction }: KeyRange<K>): K[] {
  const inside = keys.filter((key) => (after === undefined || key > after) && (upTo === undefined || key <= upTo))
  return (direction === 'backward' ? inside.reverse() : inside).slice(0, limit ?? keys.length)
}

/** The same order every time, and not the sorted one. */
function shuffled<T>(items: readonly T[]): T[] {
  const odd = items.filter((_, index) => index % 2 === 1)
  return [...items.filter((_, index) => index % 2 === 0).reverse(), ...odd]
}
