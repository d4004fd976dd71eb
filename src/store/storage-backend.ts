import type { LogTables, StoredSegment, TableKeys, TableName } from './records.ts'

/**
 * Where the log is kept. Implement it to keep the log somewhere else; the contract suite in `@larder/sdk/testing` says whether it holds.
 *
 * - A `'write'` transaction is all or nothing, and its promise resolves only when everything in it is on disk for good.
 * - Transactions are isolated: write transactions on the same tables run one after another, also across tabs.
 * - A record that is there and cannot be handed over may be answered with its key alone (a segment with `first` too), in `confirmed`, `pending`,
 *   `deadLetters` and `discarded`: it counts as damaged then, and the rest is read.
 * - Records are stored as structured clones: changing an object after `put` or after a read changes nothing.
 * - Every failure rejects with a LarderError (`storage-full`, `storage-unavailable`, `storage-timeout`, `storage-failed`, `closed`).
 *   `storage-unavailable` with `details.outcome` `'unknown'` says that a write may have been stored; all others say that nothing was.
 *   An error thrown by `work` rolls everything back and is passed on as it is.
 */
export interface StorageBackend {
  readonly mode: 'indexeddb' | 'memory' | 'custom'
  /**
   * Runs `work` in one transaction. `work` may await only the calls of `tx`: IndexedDB commits a transaction as soon as it is idle.
   */
  transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T>
  /**
   * Called when a transaction was not answered for long: what is asked from now on is asked on another connection, and what runs is left to end by itself.
   * Absent: there is nothing that could be opened anew.
   */
  reconnect?(): void
  /** Lets running transactions finish; later ones reject with `closed`. */
  close(): Promise<void>
  /** After `close`: removes the place itself, which was emptied before. Absent: the empty place stays. */
  remove?(): Promise<void>
}

export interface StorageTransaction {
  get<T extends TableName>(table: T, key: TableKeys[T]): Promise<LogTables[T] | undefined>
  /** The greatest key, or undefined when the table is empty. */
  lastKey<T extends TableName>(table: T): Promise<TableKeys[T] | undefined>
  /** Records in key order (or its reverse), at most `limit`. */
  read<T extends TableName>(table: T, range: KeyRange<TableKeys[T]>): Promise<LogTables[T][]>
  /** Segments that hold an event of this stream or type, or a commit of this id, in key order (or its reverse), at most `limit`. */
  readByIndex(index: SegmentIndex, value: string, range: KeyRange<number>): Promise<StoredSegment[]>
  /** The least value from `from` to `upTo`, both included, by which the index finds a segment; text is compared by UTF-16 units. */
  leastInIndex(index: SegmentIndex, from: string, upTo: string): Promise<string | undefined>
  /** Adds or replaces. */
  put<T extends TableName>(table: T, ...records: LogTables[T][]): Promise<void>
  /** Keys that do not exist are no error. */
  delete<T extends TableName>(table: T, ...keys: TableKeys[T][]): Promise<void>
}

/** The multi-entry indexes of the confirmed zone: over `events.streams`, `events.types` and `commits.ids`. */
export type SegmentIndex = 'streams' | 'types' | 'commitIds'

export interface KeyRange<K extends string | number> {
  /** Only keys greater than this. */
  readonly after?: K
  /** Only keys up to and including this. */
  readonly upTo?: K
  /** Default: all. */
  readonly limit?: number
  readonly direction?: 'forward' | 'backward'
}

/** Opens (and creates, and migrates) the place that belongs to `name`. */
export type OpenStorage = (name: string) => Promise<StorageBackend>

/** The key of a record, by table. */
export const KEY_OF: { readonly [T in TableName]: (record: LogTables[T]) => TableKeys[T] } = {
  meta: (record) => record.key,
  confirmed: (record) => record.last,
  pending: (record) => record.order,
  deadLetters: (record) => record.id,
  discarded: (record) => record.id,
  quarantine: (record) => record.id,
  handlers: (record) => record.name,
}
