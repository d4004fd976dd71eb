import type { LarderError } from '../../errors.ts'
import type { LogTables, StoredSegment, TableKeys, TableName } from '../../store/records.ts'
import type { KeyRange, SegmentIndex, StorageTransaction } from '../../store/storage-backend.ts'
import { runsOf } from './key-runs.ts'
import { readOne, readSingly } from './lost-records.ts'
import { answerOf, keysOfIndex, readBackward, readIndexRange, toNativeRange } from './requests.ts'
import { INDEX_NAMES } from './schema.ts'
import { toStorageError } from './storage-errors.ts'

/**
 * The calls of one transaction, made on IndexedDB's own: Dexie's would cost a third more for the same requests. Writes are asked for and not
 * waited for: whether they hold is the transaction's to say. A call that fails dooms the transaction, also when its caller goes on.
 */
export class DexieTransaction implements StorageTransaction {
  readonly #native: IDBTransaction
  readonly #ranges: typeof IDBKeyRange
  readonly #failures = new Map<unknown, unknown>()

  constructor(native: IDBTransaction, ranges: typeof IDBKeyRange) {
    this.#native = native
    this.#ranges = ranges
  }

  /** The first call that failed: our error, and what IndexedDB said. */
  get failure(): { readonly error: unknown; readonly cause: unknown } | undefined {
    for (const [error, cause] of this.#failures) return { error, cause }
    return undefined
  }

  /** Whether this error is the failure of a call, not one of the caller's own. */
  hasMade(error: unknown): boolean {
    return this.#failures.has(error)
  }

  get<T extends TableName>(table: T, key: TableKeys[T]): Promise<LogTables[T] | undefined> {
    return this.#call(
      async () => (await readOne(this.#native.objectStore(table), this.#ranges, key)) as LogTables[T] | undefined,
    )
  }

  lastKey<T extends TableName>(table: T): Promise<TableKeys[T] | undefined> {
    return this.#call(async () => {
      const cursor = await answerOf(this.#native.objectStore(table).openKeyCursor(null, 'prev'))
      return cursor?.primaryKey as TableKeys[T] | undefined
    })
  }

  read<T extends TableName>(table: T, range: KeyRange<TableKeys[T]>): Promise<LogTables[T][]> {
    return this.#call(async () => {
      const store = this.#native.objectStore(table)
      const keys = toNativeRange(this.#ranges, range)
      if (keys === undefined) return []
      const { limit, direction } = range
      const isBackward = direction === 'backward'
      const isLastFew = isBackward && limit !== undefined
      const asked = isLastFew ? readBackward(store, keys, limit) : answerOf<unknown[]>(store.getAll(keys, limit))
      const records = await asked.catch((cause: unknown) =>
        readSingly(store, this.#ranges, cause, async () => {
          if (!isLastFew) return answerOf(store.getAllKeys(keys, limit))
          return (await answerOf(store.getAllKeys(keys))).slice(-limit).reverse()
        }),
      )
      return (isBackward && !isLastFew ? records.reverse() : records) as LogTables[T][]
    })
  }

  readByIndex(index: SegmentIndex, value: string, range: KeyRange<number>): Promise<StoredSegment[]> {
    return this.#call(async () => {
      const native = this.#native.objectStore('confirmed').index(INDEX_NAMES[index])
      if (toNativeRange(this.#ranges, range) === undefined) return []
      const only = this.#ranges.only(value)
      const { after, upTo, limit, direction } = range
      const isBounded = after !== undefined || upTo !== undefined
      const isRange = isBounded || (direction === 'backward' && limit !== undefined)
      const { objectStore } = native
      const asked = isRange
        ? readIndexRange(native, only, value, range, (key) => readOne(objectStore, this.#ranges, key))
        : answerOf<unknown[]>(native.getAll(only, limit))
      const segments = await asked.catch((cause: unknown) =>
        readSingly(objectStore, this.#ranges, cause, () =>
          keysOfIndex(native, only, isRange ? range : limit === undefined ? {} : { limit }),
        ),
      )
      return (direction === 'backward' && !isRange ? segments.reverse() : segments) as StoredSegment[]
    })
  }

  leastInIndex(index: SegmentIndex, from: string, upTo: string): Promise<string | undefined> {
    return this.#call(async () => {
      if (from > upTo) return undefined
      const native = this.#native.objectStore('confirmed').index(INDEX_NAMES[index])
      const cursor = await answerOf(native.openKeyCursor(this.#ranges.bound(from, upTo)))
      return typeof cursor?.key === 'string' ? cursor.key : undefined
    })
  }

  put<T extends TableName>(table: T, ...records: LogTables[T][]): Promise<void> {
    return this.#call(async () => {
      const store = this.#native.objectStore(table)
      for (const record of records) store.put(record)
    })
  }

  delete<T extends TableName>(table: T, ...keys: TableKeys[T][]): Promise<void> {
    return this.#call(async () => {
      const store = this.#native.objectStore(table)
      for (const [first, last] of runsOf(keys)) store.delete(first === last ? first : this.#ranges.bound(first, last))
    })
  }

  async #call<R>(call: () => Promise<R>): Promise<R> {
    try {
      return await call()
    } catch (cause) {
      const error: LarderError = toStorageError(cause)
      this.#failures.set(error, cause)
      throw error
    }
  }
}
