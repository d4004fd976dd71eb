import type { EventStore } from '../store/event-store.ts'
import { isSetAside, withoutRecord } from '../store/quarantine.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/**
 * What could not be read when the log was set back was offered to nobody. Where the server had it all the same, it has come from there since: a part counts as
 * repaired when each commit that it named lies in the log. Where its own table of them cannot be believed, some are not found, and it stays named.
 */
export async function settleSetAside(store: EventStore, now: number): Promise<void> {
  const aside = store.damages.all.filter((each) => each.isSetAside)
  for (const { id } of aside) {
    // Most of them never will be: nobody has to wait for that.
    if (!(await store.read((tx) => isBack(tx, id)))) continue
    const settled = await store.transition(async (tx) => {
      const note = await tx.get('quarantine', id)
      if (note === undefined || !(await isBack(tx, id))) return undefined
      const repaired = { ...note, repairedAt: now }
      await tx.put('quarantine', repaired)
      return withoutRecord(repaired)
    })
    if (settled !== undefined) store.damages.take([settled])
  }
}

async function isBack(tx: StorageTransaction, id: string): Promise<boolean> {
  const note = await tx.get('quarantine', id)
  return note !== undefined && isSetAside(note) && (await areThere(tx, commitsNamedIn(note.record)))
}

/** Whatever lies there, it does not throw. */
function commitsNamedIn(record: unknown): readonly string[] {
  if (typeof record !== 'object' || record === null || !('commits' in record)) return []
  const { commits } = record
  const ids: unknown = typeof commits === 'object' && commits !== null && 'ids' in commits ? commits.ids : undefined
  return Array.isArray(ids) && ids.every((id) => typeof id === 'string') ? ids : []
}

async function areThere(tx: StorageTransaction, ids: readonly string[]): Promise<boolean> {
  for (const id of ids) {
    const [found] = await tx.readByIndex('commitIds', id, { limit: 1 })
    if (found === undefined) return false
  }
  return ids.length > 0
}
