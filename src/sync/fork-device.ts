import type { EventStore } from '../store/event-store.ts'
import { readPages } from '../store/read-pages.ts'
import type { MetaRecord, PendingRecord } from '../store/records.ts'

/** Feeds that have not gone on since so many are foreign. */
const FORKS_KEPT = 8

export interface ForkOptions {
  /** The new id. */
  readonly device: string
  /** Asked in the transaction, of what is stored: false leaves all as it is. */
  readonly mayGoOn: (meta: MetaRecord) => boolean
  /** Also what other devices have made, and is offered again after a restore, goes out as this device's: a place in their order is taken as well. */
  readonly takesAll: boolean
}

/**
 * A copy of this installation uses its device id: from now on this one has another. What waits keeps its commit and event ids, and goes out under the new id,
 * in whose order every seq is free; what the server has accepted it knows by the commit's id.
 */
export function forkDevice(store: EventStore, { device, mayGoOn, takesAll }: ForkOptions): Promise<void> {
  return store.transition(async (tx, { meta, head, pending, deadLetters }) => {
    if (!mayGoOn(meta)) return
    const old = meta.device
    let { nextSeq } = meta
    const isOwn = (commit: PendingRecord): boolean => commit.device === old
    const own = (commit: PendingRecord): PendingRecord => ({ ...commit, device })
    const moved = pending.records
      .filter((record) => isOwn(record) || takesAll)
      .map((record) => {
        return isOwn(record) ? own(record) : { ...record, device, seq: nextSeq++ }
      })
    const letters = [...deadLetters.values()].filter(({ commit }) => isOwn(commit))
    for await (const page of readPages(tx, 'discarded')) {
      const ours = page.filter(({ commit }) => isOwn(commit))
      await tx.put('discarded', ...ours.map((record) => ({ ...record, commit: own(record.commit) })))
    }
    const fork = { device: old, to: device, head, turn: meta.turns?.at(-1)?.number ?? 0 }
    await Promise.all([
      tx.put('pending', ...moved),
      tx.put('deadLetters', ...letters.map((letter) => ({ ...letter, commit: own(letter.commit) }))),
      tx.put('meta', {
        ...meta,
        device,
        nextSeq,
        forks: [...(meta.forks ?? []), fork].slice(-FORKS_KEPT),
        generation: meta.generation + 1,
      }),
    ])
  })
}
