import type { LogTables, TableKeys, TableName } from '../../store/records.ts'
import type { KeyRange, StorageTransaction } from '../../store/storage-backend.ts'

/** The same transaction, with something in front of each call. */
export function watchedTransaction(
  tx: StorageTransaction,
  before: (call: keyof StorageTransaction) => Promise<void>,
): StorageTransaction {
  return {
    get: async <T extends TableName>(table: T, key: TableKeys[T]) => {
      await before('get')
      return tx.get(table, key)
    },
    lastKey: async (table) => {
      await before('lastKey')
      return tx.lastKey(table)
    },
    read: async <T extends TableName>(table: T, range: KeyRange<TableKeys[T]>) => {
      await before('read')
      return tx.read(table, range)
    },
    readByIndex: async (index, value, range) => {
      await before('readByIndex')
      return tx.readByIndex(index, value, range)
    },
    leastInIndex: async (index, from, upTo) => {
      await before('leastInIndex')
      return tx.leastInIndex(index, from, upTo)
    },
    put: async <T extends TableName>(table: T, ...records: LogTables[T][]) => {
      await before('put')
      return tx.put(table, ...records)
    },
    delete: async <T extends TableName>(table: T, ...keys: TableKeys[T][]) => {
      await before('delete')
      return tx.delete(table, ...keys)
    },
  }
}
