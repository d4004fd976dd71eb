import { countByStream } from '../event/packed-events.ts'
import type { LogCache } from '../store/log-cache.ts'
import type { PendingRecord, StreamBasis } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/**
 * Commits with an expectation remember what they stood on. When one of those is replaced, they stand on its replacement; when it is given up
 * (`successor` undefined), it no longer counts. Part of the transaction that settles it.
 */
export async function moveDependents(
  tx: StorageTransaction,
  cache: Pick<LogCache, 'pending' | 'deadLetters'>,
  settled: string,
  successor: PendingRecord | undefined,
): Promise<void> {
  const move = (record: PendingRecord): PendingRecord | undefined => moveBasis(record, settled, successor)
  const pending = cache.pending.records.flatMap((record) => move(record) ?? [])
  const letters = [...cache.deadLetters.values()].flatMap((letter) => {
    const commit = letter.id === settled ? undefined : move(letter.commit)
    return commit === undefined ? [] : [{ ...letter, commit }]
  })
  if (pending.length > 0) await tx.put('pending', ...pending)
  if (letters.length > 0) await tx.put('deadLetters', ...letters)
}

/** Undefined when the record did not stand on it. */
function moveBasis(
  record: PendingRecord,
  settled: string,
  successor: PendingRecord | undefined,
): PendingRecord | undefined {
  const basis = Object.entries(record.basis)
  if (!basis.some(([, { behind }]) => behind.some(({ id }) => id === settled))) return undefined
  const moved = basis.map(([stream, { confirmed, behind }]): [string, StreamBasis] => [
    stream,
    { confirmed, behind: behind.flatMap((each) => (each.id === settled ? shareOf(successor, stream) : [each])) },
  ])
  return { ...record, basis: Object.fromEntries(moved) }
}

function shareOf(record: PendingRecord | undefined, stream: string): StreamBasis['behind'] {
  const index = record?.events.streams.indexOf(stream) ?? -1
  if (record === undefined || index === -1) return []
  return [{ id: record.id, count: countByStream(record.events)[index] ?? 0 }]
}
