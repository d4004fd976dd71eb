import { LarderError } from '../errors.ts'
import type { EventStore } from './event-store.ts'
import { freshMeta } from './open-meta.ts'
import type { TableKeys, TableName } from './records.ts'
import { KEY_OF, type StorageTransaction } from './storage-backend.ts'
import { countUnsynced, type Unsynced } from './unsynced.ts'

/** Records read at a time, for their keys. */
const PAGE = 64

/**
 * Takes everything out of the store, in one transaction, and makes it another installation: what other tabs know of it is void, and what they have in flight
 * counts no more. Nothing is written to it until somebody opens it anew: it would be removed with it.
 *
 * @param unless what may be lost: nothing that was not synced, everything, or what there was as of a count
 * @throws LarderError `unsynced`
 */
export function destroyLog(
  store: EventStore,
  {
    device,
    mayLose,
  }: { readonly device: string; readonly mayLose: 'nothing' | 'everything' | { readonly asOf: string } },
): Promise<void> {
  return store.transition(async (tx, cache) => {
    if (mayLose !== 'everything') {
      const unsynced = await countUnsynced(tx, cache)
      const isAllowed = typeof mayLose === 'object' ? mayLose.asOf === unsynced.asOf : isNothing(unsynced)
      if (!isAllowed) throw unsyncedError(unsynced)
    }
    const { meta } = cache
    await empty(tx, 'confirmed')
    await empty(tx, 'pending')
    await empty(tx, 'deadLetters')
    await empty(tx, 'discarded')
    await empty(tx, 'quarantine')
    await empty(tx, 'handlers')
    await tx.put('meta', {
      ...freshMeta(device, meta.authority === 'local' ? 'local' : 'server'),
      generation: meta.generation + 1,
      repairs: (meta.repairs ?? 0) + 1,
      term: meta.term + 1,
      destroyed: true,
    })
  }, 'also-destroyed')
}

export function isNothing({ pending, deadLetters }: Unsynced): boolean {
  return pending + deadLetters === 0
}

export function unsyncedError({ pending, deadLetters }: Unsynced): LarderError<'unsynced'> {
  const what = `${pending} commits are on this device only, and ${deadLetters} were refused and wait for somebody`
  return new LarderError(
    'unsynced',
    `${what}: sync and settle them first, or say what becomes of them, as with signOut({ unsynced: 'keep' | 'export' | 'discard' })`,
    { details: { pending, deadLetters } },
  )
}

async function empty<T extends Exclude<TableName, 'meta'>>(tx: StorageTransaction, table: T): Promise<void> {
  for (;;) {
    const records = await tx.read(table, { limit: PAGE })
    if (records.length === 0) return
    const keys: TableKeys[T][] = records.map(KEY_OF[table])
    await tx.delete(table, ...keys)
  }
}
