import type { LogCache } from './log-cache.ts'
import { readPages } from './read-pages.ts'
import type { MetaRecord, PendingRecord } from './records.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** Feeds that have not gone on since so many are foreign. */
const FORKS_KEPT = 8

export interface TakeDeviceOptions {
  /** The new id. */
  readonly device: string
  /** Also what other devices have made, and is offered again after a restore, goes out as this device's: a place in their order is taken as well. */
  readonly takesAll: boolean
}

/**
 * This installation has another device id from now on. What waits keeps its commit and event ids, and its seq, and goes out under the new id, in whose order every
 * seq is free. Answers the meta record that has to be put with it.
 */
export async function takeDevice(
  tx: StorageTransaction,
  { meta, head, pending, deadLetters }: Pick<LogCache, 'meta' | 'head' | 'pending' | 'deadLetters'>,
  { device, takesAll }: TakeDeviceOptions,
): Promise<MetaRecord> {
  const old = meta.device
  let { nextSeq } = meta
  const isOwn = (commit: PendingRecord): boolean => commit.device === old
  const own = (commit: PendingRecord): PendingRecord => ({ ...commit, device })
  const taken = new Set<number>()
  // An earlier build may have given one out twice.
  const alone = (commit: PendingRecord): PendingRecord => {
    const seq = taken.has(commit.seq) ? nextSeq++ : commit.seq
    taken.add(seq)
    return { ...own(commit), seq }
  }
  const moved = pending.records
    .filter((record) => isOwn(record) || takesAll)
    .map((record) => {
      return isOwn(record) ? alone(record) : { ...record, device, seq: nextSeq++ }
    })
  const letters = [...deadLetters.values()].filter(({ commit }) => isOwn(commit))
  for await (const page of readPages(tx, 'discarded')) {
    const ours = page.filter(({ commit }) => isOwn(commit))
    await tx.put('discarded', ...ours.map((record) => ({ ...record, commit: own(record.commit) })))
  }
  const fork = { device: old, to: device, head, turn: meta.turns?.at(-1)?.number ?? 0 }
  await Promise.all([
    tx.put('pending', ...moved),
    tx.put('deadLetters', ...letters.map((letter) => ({ ...letter, commit: alone(letter.commit) }))),
  ])
  return {
    ...meta,
    device,
    nextSeq,
    forks: [...(meta.forks ?? []), fork].slice(-FORKS_KEPT),
    generation: meta.generation + 1,
  }
}
