import { type AppendMember, type AppendResult, appendInTransaction } from './append-transaction.ts'
import type { LogCache } from './log-cache.ts'
import type { TableName } from './records.ts'
import type { StorageBackend } from './storage-backend.ts'

/** Another tab has written: what was written here is rolled back. */
class Outrun extends Error {}

/**
 * Appends on the log as this tab knows it, and asks in the same transaction whether that is how it stands: the answer comes with the writes under way, where
 * asking first would cost a round trip to the storage before anything is written. Undefined when it does not stand so: then nothing is stored, and the
 * log has to be followed first.
 */
export async function appendAtOnce(
  backend: Pick<StorageBackend, 'transact'>,
  cache: LogCache,
  members: readonly AppendMember[],
  now: number,
): Promise<AppendResult | undefined> {
  // One that is destroyed takes nothing, which is said below. Looking for a commit needs the other tables, and may take several transactions.
  if (!cache.wasCurrent || cache.meta.destroyed === true || members.some(({ lookUp }) => lookUp)) return undefined
  try {
    return await backend.transact('write', tablesOf(cache, members), async (tx) => {
      const asked = cache.isCurrent(tx)
      asked.catch(() => undefined)
      const result = await appendInTransaction(tx, cache, members, now, new Map())
      if (!(await asked)) throw new Outrun()
      return result
    })
  } catch (error) {
    if (error instanceof Outrun) return undefined
    throw error
  }
}

/** Each table more costs a tenth of what the whole append does. */
function tablesOf({ meta }: LogCache, members: readonly AppendMember[]): readonly TableName[] {
  if (meta.authority === 'local') return ['meta', 'confirmed']
  // The version of a stream may have to be looked up.
  const isStrict = members.some(({ commit }) => Object.keys(commit.expected).length > 0)
  return isStrict ? ['meta', 'pending', 'confirmed'] : ['meta', 'pending']
}
