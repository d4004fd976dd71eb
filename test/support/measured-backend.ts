import type { LogTables, StoredSegment, TableKeys, TableName } from '../../src/store/records.ts'
import type { KeyRange, StorageBackend, StorageTransaction } from '../../src/store/storage-backend.ts'

/** A storage that notes how much was read in one go. */
export class MeasuredBackend implements StorageBackend {
  readonly mode = 'custom'
  readonly #inner: StorageBackend
  /** Most segments that one call has read, and most UTF-16 units of their bodies. */
  segments = 0
  units = 0
  /** Most commits that were given up, likewise. */
  discarded = 0

  constructor(inner: StorageBackend) {
    this.#inner = inner
  }

  forget(): void {
    this.segments = 0
    this.units = 0
  }

  transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    return this.#inner.transact(mode, tables, (tx) => work(this.#measured(tx)))
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #measured(tx: StorageTransaction): StorageTransaction {
    return {
      get: (table, key) => tx.get(table, key),
      lastKey: (table) => tx.lastKey(table),
      read: async <T extends TableName>(table: T, range: KeyRange<TableKeys[T]>) => {
        const records: LogTables[T][] = await tx.read(table, range)
        this.#note(records)
        if (table === 'discarded') this.discarded = Math.max(this.discarded, records.length)
        return records
      },
      readByIndex: async (index, value, range) => {
        const segments = await tx.readByIndex(index, value, range)
        this.#note(segments)
        return segments
      },
      leastInIndex: (index, from, upTo) => tx.leastInIndex(index, from, upTo),
      put: (table, ...records) => tx.put(table, ...records),
      delete: (table, ...keys) => tx.delete(table, ...keys),
    }
  }

  #note(records: readonly object[]): void {
    const segments = records.filter(isSegment)
    const units = segments.reduce((sum, { events }) => sum + ('body' in events ? events.body.length : 0), 0)
    this.segments = Math.max(this.segments, segments.length)
    this.units = Math.max(this.units, units)
  }
}

function isSegment(record: object): record is StoredSegment {
  return 'streamVersions' in record
}
