import { damageOf, discardedDamageOf, pendingDamageOf } from './check-segment.ts'
import { readPages } from './read-pages.ts'
import type { PendingRecord } from './records.ts'
import type { StorageTransaction } from './storage-backend.ts'

/**
 * The last turn that anything here says it had another place before; 0 where nothing does. Reads the whole log: where the meta record is lost, nothing else
 * tells, and all of it is about to be read anyway.
 */
export async function lastTurnSaid(tx: StorageTransaction): Promise<number> {
  let last = 0
  const look = ({ formerly }: Pick<PendingRecord, 'formerly'>): void => {
    last = Math.max(last, formerly?.turn ?? 0)
  }
  for await (const page of readPages(tx, 'confirmed'))
    for (const segment of page)
      if (damageOf(segment) === undefined) for (const turn of segment.commits.turns ?? []) last = Math.max(last, turn)
  for await (const page of readPages(tx, 'pending'))
    for (const record of page) if (pendingDamageOf(record) === undefined) look(record)
  for await (const page of readPages(tx, 'deadLetters'))
    for (const letter of page)
      if (letter.kind === 'commit' && pendingDamageOf(letter.commit) === undefined) look(letter.commit)
  for await (const page of readPages(tx, 'discarded'))
    for (const record of page) if (discardedDamageOf(record) === undefined) look(record.commit)
  return last
}
