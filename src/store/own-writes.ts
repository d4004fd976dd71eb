import type { LogTables, MetaRecord, StoredSegment, TableKeys, TableName } from './records.ts'
import { KEY_OF, type KeyRange, type SegmentIndex, type StorageTransaction } from './storage-backend.ts'

/** What a transaction of this tab wrote, as far as its memory of the log has to follow it. */
export interface OwnWrites {
  /** As it was left; undefined where it was not touched. */
  readonly meta: MetaRecord | undefined
  /** By key, whether the record is there since; the others are as they were. */
  readonly pending: ReadonlyMap<number, boolean>
  readonly deadLetters: ReadonlyMap<string, boolean>
}

/** Notes what is written, and passes everything on. */
export class NotingTransaction implements StorageTransaction, OwnWrites {
  readonly #tx: StorageTransaction
  readonly pending = new Map<number, boolean>()
  readonly deadLetters = new Map<string, boolean>()
  meta: MetaRecord | undefined

  constructor(tx: StorageTransaction) {
    this.#tx = tx
  }

  get<T extends TableName>(table: T, key: TableKeys[T]): Promise<LogTables[T] | undefined> {
    return this.#tx.get(table, key)
  }

  lastKey<T extends TableName>(table: T): Promise<TableKeys[T] | undefined> {
    return this.#tx.lastKey(table)
  }

  read<T extends TableName>(table: T, range: KeyRange<TableKeys[T]>): Promise<LogTables[T][]> {
    return this.#tx.read(table, range)
  }

  readByIndex(index: SegmentIndex, value: string, range: KeyRange<number>): Promise<StoredSegment[]> {
    return this.#tx.readByIndex(index, value, range)
  }

  leastInIndex(index: SegmentIndex, from: string, upTo: string): Promise<string | undefined> {
    return this.#tx.leastInIndex(index, from, upTo)
  }

  put<T extends TableName>(table: T, ...records: LogTables[T][]): Promise<void> {
    for (const record of records) {
      this.#note(table, KEY_OF[table](record), true)
      if (table === 'meta') this.meta = record as MetaRecord
    }
    return this.#tx.put(table, ...records)
  }

  delete<T extends TableName>(table: T, ...keys: TableKeys[T][]): Promise<void> {
    for (const key of keys) this.#note(table, key, false)
    return this.#tx.delete(table, ...keys)
  }

  #note(table: TableName, key: string | number, isThere: boolean): void {
    if (table === 'pending') this.pending.set(key as number, isThere)
    else if (table === 'deadLetters') this.deadLetters.set(key as string, isThere)
  }
}
