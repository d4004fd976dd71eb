import { LarderError } from '../../errors.ts'
import type { LogTables, StoredSegment, TableKeys, TableName } from '../../store/records.ts'
import { KEY_OF, type KeyRange, type SegmentIndex, type StorageTransaction } from '../../store/storage-backend.ts'
import { INDEXED_VALUES } from '../segment-indexes.ts'
import { cloneRecord } from './clone-record.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { isInRange, SortedKeys } from './sorted-keys.ts'

/** A record to be written, or undefined for one to be deleted. */
type Staged<T extends TableName> = Map<TableKeys[T], LogTables[T] | undefined>

/**
 * One transaction: it sees what is committed under what it has written itself, and nobody sees that before `commit`. Whoever makes one holds
 * its tables, so what is committed stands still.
 */
export class MemoryTransaction implements StorageTransaction {
  readonly #disk: MemoryDisk
  readonly #mode: 'read' | 'write'
  readonly #tables: readonly TableName[]
  readonly #staged: { readonly [T in TableName]: Staged<T> } = {
    meta: new Map(),
    confirmed: new Map(),
    pending: new Map(),
    deadLetters: new Map(),
    discarded: new Map(),
    quarantine: new Map(),
    handlers: new Map(),
  }
  #over = false
  #failure: LarderError | undefined

  constructor(disk: MemoryDisk, mode: 'read' | 'write', tables: readonly TableName[]) {
    this.#disk = disk
    this.#mode = mode
    this.#tables = tables
  }

  /** Applies everything at once, unless a call failed: then nothing, even if `work` went on after the failure. */
  commit(): void {
    this.#over = true
    if (this.#failure !== undefined) throw this.#failure
    for (const table of this.#tables) this.#apply(table)
  }

  rollback(): void {
    this.#over = true
  }

  get<T extends TableName>(table: T, key: TableKeys[T]): Promise<LogTables[T] | undefined> {
    return this.#attempt(table, 'read', () => cloneRecord(this.#recordAt(table, key)))
  }

  lastKey<T extends TableName>(table: T): Promise<TableKeys[T] | undefined> {
    return this.#attempt(table, 'read', () => {
      const committed: SortedKeys<TableKeys[T]> = this.#disk.tables[table].keys
      if (this.#staged[table].size === 0) return committed.last
      return this.#keys(table, committed, { limit: 1, direction: 'backward' }, () => true)[0]
    })
  }

  read<T extends TableName>(table: T, range: KeyRange<TableKeys[T]>): Promise<LogTables[T][]> {
    return this.#attempt(table, 'read', () => {
      const keys = this.#keys(table, this.#disk.tables[table].keys, range, () => true)
      return this.#recordsAt(table, keys)
    })
  }

  readByIndex(index: SegmentIndex, value: string, range: KeyRange<number>): Promise<StoredSegment[]> {
    return this.#attempt('confirmed', 'read', () => {
      const committed = this.#disk.confirmed.keysOf(index, value)
      const keys = this.#keys('confirmed', committed, range, (segment) =>
        INDEXED_VALUES[index](segment).includes(value),
      )
      return this.#recordsAt('confirmed', keys)
    })
  }

  leastInIndex(index: SegmentIndex, from: string, upTo: string): Promise<string | undefined> {
    return this.#attempt('confirmed', 'read', () => {
      const { confirmed } = this.#disk
      if (this.#staged.confirmed.size === 0) {
        const least = confirmed.valuesOf(index).leastFrom(from)
        return least !== undefined && least <= upTo ? least : undefined
      }
      const segments = this.#keys('confirmed', confirmed.keys, {}, () => true)
      const values = segments.flatMap((key) => {
        const segment = this.#recordAt('confirmed', key)
        return segment === undefined ? [] : INDEXED_VALUES[index](segment)
      })
      return values.filter((value) => value >= from && value <= upTo).sort()[0]
    })
  }

  put<T extends TableName>(table: T, ...records: LogTables[T][]): Promise<void> {
    return this.#attempt(table, 'write', () => {
      for (const record of records) {
        const key = KEY_OF[table](record)
        if (!isKey(key)) throw new TypeError(`A record of ${table} has no valid key`)
        this.#staged[table].set(key, cloneRecord(record))
      }
    })
  }

  delete<T extends TableName>(table: T, ...keys: TableKeys[T][]): Promise<void> {
    return this.#attempt(table, 'write', () => {
      for (const key of keys) this.#staged[table].set(key, undefined)
    })
  }

  #apply<T extends TableName>(table: T): void {
    for (const [key, record] of this.#staged[table]) {
      if (record === undefined) this.#disk.tables[table].delete(key)
      else this.#disk.tables[table].put(key, record)
    }
  }

  #recordAt<T extends TableName>(table: T, key: TableKeys[T]): LogTables[T] | undefined {
    const staged: Staged<T> = this.#staged[table]
    return staged.has(key) ? staged.get(key) : this.#disk.tables[table].records.get(key)
  }

  #recordsAt<T extends TableName>(table: T, keys: readonly TableKeys[T][]): LogTables[T][] {
    const records: LogTables[T][] = []
    for (const key of keys) {
      const record = this.#recordAt(table, key)
      if (record !== undefined) records.push(cloneRecord(record))
    }
    return records
  }

  /** The keys in `range` of what is committed (`committed`) under what is staged and `matches`. */
  #keys<T extends TableName>(
    table: T,
    committed: SortedKeys<TableKeys[T]>,
    range: KeyRange<TableKeys[T]>,
    matches: (record: LogTables[T]) => boolean,
  ): TableKeys[T][] {
    const staged: Staged<T> = this.#staged[table]
    if (staged.size === 0) return committed.inRange(range)
    const { limit: _, ...unlimited } = range
    const visible = new SortedKeys<TableKeys[T]>()
    for (const key of committed.inRange({ ...unlimited, direction: 'forward' })) if (!staged.has(key)) visible.add(key)
    for (const [key, record] of staged) {
      if (record !== undefined && isInRange(key, range) && matches(record)) visible.add(key)
    }
    return visible.inRange(range)
  }

  /** Runs one call at once. A failure dooms the transaction. */
  async #attempt<R>(table: TableName, mode: 'read' | 'write', call: () => R): Promise<R> {
    try {
      if (this.#over) throw new Error('The transaction is over')
      if (!this.#tables.includes(table)) throw new Error(`The transaction does not include the table ${table}`)
      if (mode === 'write' && this.#mode === 'read') throw new Error('The transaction only reads')
      return call()
    } catch (cause) {
      this.#failure ??= new LarderError('storage-failed', 'The memory store refused a call; see the cause.', { cause })
      throw this.#failure
    }
  }
}

function isKey(key: unknown): boolean {
  return typeof key === 'string' || (typeof key === 'number' && !Number.isNaN(key))
}
