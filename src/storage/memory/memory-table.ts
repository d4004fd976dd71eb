import type { LogTables, StoredSegment, TableKeys, TableName } from '../../store/records.ts'
import type { SegmentIndex } from '../../store/storage-backend.ts'
import { INDEXED_VALUES, SEGMENT_INDEXES } from '../segment-indexes.ts'
import { SortedKeys } from './sorted-keys.ts'

/** The committed records of one table. Its records are frozen by convention: they are copied on their way in and on their way out. */
export class MemoryTable<T extends TableName> {
  readonly records = new Map<TableKeys[T], LogTables[T]>()
  readonly keys = new SortedKeys<TableKeys[T]>()

  put(key: TableKeys[T], record: LogTables[T]): void {
    this.records.set(key, record)
    this.keys.add(key)
  }

  delete(key: TableKeys[T]): void {
    if (this.records.delete(key)) this.keys.remove(key)
  }
}

/** The confirmed zone with its multi-entry indexes. */
export class ConfirmedTable extends MemoryTable<'confirmed'> {
  readonly #indexes: { readonly [I in SegmentIndex]: Map<string, SortedKeys<number>> } = {
    streams: new Map(),
    types: new Map(),
    commitIds: new Map(),
  }

  readonly #values: { readonly [I in SegmentIndex]: SortedKeys<string> } = {
    streams: new SortedKeys(),
    types: new SortedKeys(),
    commitIds: new SortedKeys(),
  }

  /** The values by which the index finds a segment. */
  valuesOf(index: SegmentIndex): SortedKeys<string> {
    return this.#values[index]
  }

  keysOf(index: SegmentIndex, value: string): SortedKeys<number> {
    return this.#indexes[index].get(value) ?? new SortedKeys()
  }

  override put(key: number, segment: StoredSegment): void {
    this.delete(key)
    super.put(key, segment)
    for (const index of SEGMENT_INDEXES) {
      for (const value of INDEXED_VALUES[index](segment)) {
        const keys = this.#indexes[index].get(value) ?? new SortedKeys<number>()
        this.#indexes[index].set(value, keys)
        this.#values[index].add(value)
        keys.add(key)
      }
    }
  }

  override delete(key: number): void {
    const segment = this.records.get(key)
    if (segment === undefined) return
    super.delete(key)
    for (const index of SEGMENT_INDEXES) {
      for (const value of INDEXED_VALUES[index](segment)) {
        const keys = this.#indexes[index].get(value)
        keys?.remove(key)
        if (keys?.size !== 0) continue
        this.#indexes[index].delete(value)
        this.#values[index].remove(value)
      }
    }
  }
}
