import { damageOf } from '../store/check-segment.ts'
import type { EventStore } from '../store/event-store.ts'
import { unpackCommits } from '../store/packed-commits.ts'
import { isSetAside, settleNote } from '../store/quarantine.ts'
import type { QuarantineRecord, StoredSegment } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/**
 * What could not be read when the log was set back was offered to nobody. Where the server had it all the same, it has come from there since: a part counts as
 * repaired when each commit that it named lies in the log, and they are all that it held. Where its own table of them cannot be believed, it stays named.
 */
export async function settleSetAside(store: EventStore, now: number): Promise<void> {
  const { damages, known } = store
  const aside = damages.all.flatMap(({ id, isSetAside }) => (isSetAside ? [id] : []))
  // What made them come back would have moved the end of the log, or replaced a part of it.
  const look = JSON.stringify([aside, known.head, known.meta.repairs])
  if (aside.length === 0 || damages.isSearched(look)) return
  // Most of them never will be back: nobody has to wait for that.
  const back = await store.read(async (tx) => {
    const found: string[] = []
    for (const id of aside) if (await noteIfBack(id, tx)) found.push(id)
    return found
  })
  for (const id of back) {
    const settled = await store.transition(async (tx, { meta }) => {
      const note = await noteIfBack(id, tx)
      return note && settleNote(tx, meta, note, now)
    })
    if (settled !== undefined) damages.take([settled])
  }
  damages.noteSearched(look)
}

/** Undefined where not all of it is back, or nobody can say. */
async function noteIfBack(id: string, tx: StorageTransaction): Promise<QuarantineRecord | undefined> {
  const note = await tx.get('quarantine', id)
  const rest = note && isSetAside(note) ? commitsIn(note) : undefined
  for (const commit of rest?.keys() ?? []) {
    for (const segment of await tx.readByIndex('commitIds', commit, {}))
      if (damageOf(segment) === undefined)
        for (const each of unpackCommits(segment.commits)) if (rest?.get(each.id) === each.count) rest.delete(each.id)
    if (rest?.has(commit) === true) return undefined
  }
  return rest && note
}

/** With their numbers of events; undefined where these are not all that lay there. Whatever lies there, it does not throw. */
function commitsIn({ record, range }: QuarantineRecord): Map<string, number> | undefined {
  try {
    const commits = unpackCommits((record as StoredSegment).commits)
    const named = new Map(commits.map(({ id, count }) => [id, count]))
    const end = commits.reduce((sum, { count }) => sum + count, range?.first ?? Number.NaN)
    const isAll = end === Number(range?.last) + 1 && named.size === commits.length
    return isAll && commits.every(({ id }) => typeof id === 'string') ? named : undefined
  } catch {
    return undefined
  }
}
