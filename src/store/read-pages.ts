import type { LogTables, TableKeys, TableName } from './records.ts'
import { KEY_OF, type StorageTransaction } from './storage-backend.ts'

/**
 * A record of these may hold a whole commit, 1 MiB at most and mostly 1 kB: so many are in memory at a time. Each page is a round trip to the storage, in which
 * opening a store waits, so fewer would cost more than they spare.
 */
const PAGE = 64

/**
 * The records of a table in the order of their keys, a page at a time, for tables of which nobody knows how much they hold. What was read may be replaced or
 * deleted before the next page. Await nothing but calls of `tx` meanwhile.
 */
export async function* readPages<T extends TableName>(
  tx: StorageTransaction,
  table: T,
): AsyncGenerator<readonly LogTables[T][], void, void> {
  let after: TableKeys[T] | undefined
  for (;;) {
    const page = await tx.read(table, after === undefined ? { limit: PAGE } : { after, limit: PAGE })
    const last = page.at(-1)
    if (last !== undefined) {
      yield page
      const keyOf: (record: LogTables[T]) => TableKeys[T] = KEY_OF[table]
      after = keyOf(last)
    }
    if (page.length < PAGE) return
  }
}
