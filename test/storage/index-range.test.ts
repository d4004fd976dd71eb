import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { answerOf, readIndexRange } from '../../src/storage/dexie/requests.ts'
import type { KeyRange } from '../../src/store/storage-backend.ts'

/** More records of one stream than their keys are asked for at once. */
const MANY = 1500

async function filled(): Promise<IDBDatabase> {
  const request = new IDBFactory().open('records', 1)
  request.onupgradeneeded = () => {
    const store = request.result.createObjectStore('records', { keyPath: 'last' })
    store.createIndex('streams', 'streams', { multiEntry: true })
  }
  const database = await answerOf(request)
  const store = database.transaction('records', 'readwrite').objectStore('records')
  const puts = Array.from({ length: MANY }, (_, n) =>
    answerOf(store.put({ last: (n + 1) * 10, streams: n % 100 === 0 ? ['often', 'seldom'] : ['often'] })),
  )
  await Promise.all(puts)
  return database
}

/** The same by hand. */
function naive(stream: string, { after = 0, upTo = MANY * 10, limit, direction }: KeyRange<number>): number[] {
  const keys = Array.from({ length: MANY }, (_, n) => (n + 1) * 10)
  const of = stream === 'often' ? keys : keys.filter((_, n) => n % 100 === 0)
  const within = of.filter((key) => key > after && key <= upTo)
  return (direction === 'backward' ? within.toReversed() : within).slice(0, limit)
}

describe('the segments of one index value', () => {
  it('are found in every range, whether they are few or more than their keys are asked for at once', async () => {
    const database = await filled()
    const read = async (stream: string, range: KeyRange<number>) => {
      const index = database.transaction('records').objectStore('records').index('streams')
      const records = await readIndexRange(index, IDBKeyRange.only(stream), stream, range)
      return records.map((record) => (record as { last: number }).last)
    }
    const afters = [undefined, 15, 10_240, 14_990]
    const upTos = [undefined, 20, 10_250]
    for (const stream of ['often', 'seldom']) {
      for (const direction of ['forward', 'backward'] as const) {
        for (const after of afters) {
          for (const upTo of upTos) {
            if (after !== undefined && upTo !== undefined && after >= upTo) continue
            const range: KeyRange<number> = {
              direction,
              limit: 3,
              ...(after === undefined ? {} : { after }),
              ...(upTo === undefined ? {} : { upTo }),
            }
            expect(await read(stream, range), JSON.stringify({ stream, ...range })).toEqual(naive(stream, range))
          }
        }
      }
    }
    expect(await read('often', { after: 14_950 })).toEqual(naive('often', { after: 14_950 }))
  })
})
