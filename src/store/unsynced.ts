import { openTurnOf } from './begin-turn.ts'
import type { LogCache } from './log-cache.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** What is on this device only. */
export interface Unsynced {
  /** Commits that the server has not accepted; all of them in a store that has none. */
  readonly pending: number
  /** Commits that it refused, and that nobody has settled. */
  readonly deadLetters: number
  /** Another answer than before where something was stored since. */
  readonly asOf: string
}

/** Segments counted at a time. */
const PAGE = 16

export async function countUnsynced(
  tx: Pick<StorageTransaction, 'read'>,
  { meta, head, pending, deadLetters }: Pick<LogCache, 'meta' | 'head' | 'pending' | 'deadLetters'>,
): Promise<Unsynced> {
  const waiting = pending.records.filter(
    ({ verdict }) => verdict?.status !== 'accepted' && verdict?.status !== 'duplicate',
  )
  const from = syncedUpTo({ meta, head })
  let commits = 0
  for (let after = from; after < head; ) {
    const page = await tx.read('confirmed', { after, upTo: head, limit: PAGE })
    if (page.length === 0) break
    // What cannot be read counts as one: somebody should look at it.
    for (const segment of page) commits += Math.max(1, segment.commits.ids.length)
    after = page.at(-1)?.last ?? head
  }
  const isLocal = meta.authority === 'local'
  return {
    pending: waiting.length + commits,
    deadLetters: deadLetters.size,
    asOf: JSON.stringify([meta.nextSeq, isLocal ? head : 0, meta.device]),
  }
}

/** The position up to which the server has what is confirmed here. */
export function syncedUpTo({ meta, head }: Pick<LogCache, 'meta' | 'head'>): number {
  if (meta.authority === 'local') return 0
  const turn = openTurnOf(meta)
  return turn === undefined ? head : Math.min(head, turn.known?.position ?? 0)
}
