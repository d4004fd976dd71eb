import type { StorageTransaction } from '../../store/storage-backend.ts'
import { wrapTransaction } from '../../store/wrapped-transaction.ts'

/** The same transaction, with something in front of each call. */
export function watchedTransaction(
  tx: StorageTransaction,
  before: (call: keyof StorageTransaction) => Promise<void>,
): StorageTransaction {
  return wrapTransaction(tx, async (ask, call) => {
    await before(call)
    return ask()
  })
}
