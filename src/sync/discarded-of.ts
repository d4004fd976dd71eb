import type { DiscardedRecord } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/** Which of these commits were discarded here, though they lie in the server's log, by id. */
export async function discardedOf(
  tx: StorageTransaction,
  commits: readonly { readonly id: string }[],
): Promise<ReadonlyMap<string, DiscardedRecord>> {
  // Most people discard nothing, and asking for each of a thousand takes longer than all else that is done with them.
  if (commits.length === 0 || (await tx.lastKey('discarded')) === undefined) return new Map()
  const found = await Promise.all(commits.map(({ id }) => tx.get('discarded', id)))
  return new Map(found.flatMap((record) => (record === undefined ? [] : [[record.id, record]])))
}
