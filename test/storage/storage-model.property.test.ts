import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock as realClock } from '../../src/platform/system-clock.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import type { StoredSegment } from '../../src/store/records.ts'
import type { KeyRange, StorageBackend } from '../../src/store/storage-backend.ts'
import { sampleSegment } from '../../src/testing/contract/sample-records.ts'

type Operation =
  | { readonly kind: 'put'; readonly last: number; readonly streams: readonly string[] }
  | { readonly kind: 'delete'; readonly last: number }
  | { readonly kind: 'lastKey' }
  | { readonly kind: 'read'; readonly range: KeyRange<number> }
  | { readonly kind: 'leastInIndex'; readonly from: string; readonly upTo: string }
  | { readonly kind: 'readByIndex'; readonly value: string; readonly range: KeyRange<number> }

interface Transaction {
  readonly operations: readonly Operation[]
  readonly isRolledBack: boolean
}

const position = fc.integer({ min: 1, max: 12 })
const stream = fc.constantFrom('a', 'b', 'c')
const range: fc.Arbitrary<KeyRange<number>> = fc.record(
  {
    after: fc.integer({ min: 0, max: 13 }),
    upTo: fc.integer({ min: 0, max: 13 }),
    limit: fc.integer({ min: 0, max: 4 }),
    direction: fc.constantFrom('forward', 'backward'),
  },
  { requiredKeys: [] },
)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), last: position, streams: fc.uniqueArray(stream, { minLength: 1 }) }),
  fc.record({ kind: fc.constant('delete' as const), last: position }),
  fc.record({ kind: fc.constant('lastKey' as const) }),
  fc.record({ kind: fc.constant('read' as const), range }),
  fc.record({ kind: fc.constant('leastInIndex' as const), from: stream, upTo: stream }),
  fc.record({ kind: fc.constant('readByIndex' as const), value: stream, range }),
)
const transaction = fc.record({ operations: fc.array(operation, { maxLength: 12 }), isRolledBack: fc.boolean() })

/** The log as a plain map, which is all that a storage has to be. */
class Model {
  segments = new Map<number, readonly string[]>()

  run({ operations, isRolledBack }: Transaction): unknown[] {
    const before = new Map(this.segments)
    const answers = operations.map((each) => this.#answer(each))
    if (isRolledBack) this.segments = before
    return answers
  }

  #answer(each: Operation): unknown {
    if (each.kind === 'put') this.segments.set(each.last, each.streams)
    else if (each.kind === 'delete') this.segments.delete(each.last)
    else if (each.kind === 'lastKey') return this.#keys({}, () => true).at(-1)
    else if (each.kind === 'read') return this.#keys(each.range, () => true)
    else if (each.kind === 'leastInIndex')
      return [...this.segments.values()]
        .flat()
        .sort()
        .find((value) => value >= each.from && value <= each.upTo)
    else return this.#keys(each.range, (streams) => streams.includes(each.value))
    return undefined
  }

  #keys(
    { after = 0, upTo = 99, limit = 99, direction }: KeyRange<number>,
    matches: (streams: readonly string[]) => boolean,
  ) {
    const keys = [...this.segments]
      .filter(([key, streams]) => key > after && key <= upTo && matches(streams))
      .map(([key]) => key)
      .sort((a, b) => a - b)
    return (direction === 'backward' ? keys.reverse() : keys).slice(0, limit)
  }
}

const ROLLED_BACK = new Error('rolled back')

async function run(storage: StorageBackend, { operations, isRolledBack }: Transaction): Promise<unknown[]> {
  const answers: unknown[] = []
  const keys = (segments: readonly StoredSegment[]): number[] => segments.map(({ last }) => last)
  const work = storage.transact('write', ['confirmed'], async (tx) => {
    for (const each of operations) {
      let answer: unknown
      if (each.kind === 'put') await tx.put('confirmed', sampleSegment(each.last, { streams: each.streams }))
      else if (each.kind === 'delete') await tx.delete('confirmed', each.last)
      else if (each.kind === 'lastKey') answer = await tx.lastKey('confirmed')
      else if (each.kind === 'read') answer = keys(await tx.read('confirmed', each.range))
      else if (each.kind === 'leastInIndex') answer = await tx.leastInIndex('streams', each.from, each.upTo)
      else answer = keys(await tx.readByIndex('streams', each.value, each.range))
      answers.push(answer)
    }
    if (isRolledBack) throw ROLLED_BACK
  })
  if (isRolledBack) await expect(work).rejects.toBe(ROLLED_BACK)
  else await work
  return answers
}

const storages: Record<string, () => Promise<StorageBackend>> = {
  memory: async () => openMemoryStorage(),
  'Dexie on fake-indexeddb': () =>
    openDexieStorage('model', { clock: realClock, indexedDB: new IDBFactory(), IDBKeyRange }),
}

describe('whatever transactions run, a storage answers as a plain map would', () => {
  for (const [name, open] of Object.entries(storages)) {
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(transaction, { maxLength: 6 }), async (transactions) => {
          const storage = await open()
          const model = new Model()
          for (const each of transactions) expect(await run(storage, each)).toEqual(model.run(each))
          await storage.close()
        }),
        { numRuns: 60 },
      )
    })
  }
})
