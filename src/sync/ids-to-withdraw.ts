import { readPages } from '../store/read-pages.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/** Ids of what was given up here and the server has yet to be told of, at most `limit`. Looks no further than it has to. */
export async function idsToWithdraw(tx: StorageTransaction, limit: number): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const page of readPages(tx, 'discarded')) {
    for (const { withdraw } of page) ids.push(...withdraw)
    if (ids.length >= limit) break
  }
  return ids.slice(0, limit)
}
