import type { LogTables, TableKeys, TableName } from './records.ts'
import type { KeyRange, StorageTransaction } from './storage-backend.ts'

/** The same transaction, with every call made by `wrap`, or not made. */
export function wrapTransaction(
  tx: StorageTransaction,
  wrap: <T>(ask: () => Promise<T>, call: keyof StorageTransaction) => Promise<T>,
): StorageTransaction {
  return {
    get: <T extends TableName>(table: T, key: TableKeys[T]) => wrap(() => tx.get(table, key), 'get'),
    lastKey: (table) => wrap(() => tx.lastKey(table), 'lastKey'),
    read: <T extends TableName>(table: T, range: KeyRange<TableKeys[T]>) => wrap(() => tx.read(table, range), 'read'),
    readByIndex: (index, value, range) => wrap(() => tx.readByIndex(index, value, range), 'readByIndex'),
    leastInIndex: (index, from, upTo) => wrap(() => tx.leastInIndex(index, from, upTo), 'leastInIndex'),
    put: <T extends TableName>(table: T, ...records: LogTables[T][]) => wrap(() => tx.put(table, ...records), 'put'),
    delete: <T extends TableName>(table: T, ...keys: TableKeys[T][]) => wrap(() => tx.delete(table, ...keys), 'delete'),
  }
}
