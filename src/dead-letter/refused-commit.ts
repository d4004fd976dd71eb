import { LarderError } from '../errors.ts'
import type { LogCache } from '../store/log-cache.ts'
import { isAccepted, type PendingRecord } from '../store/records.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'

/** A commit that was refused, and that a person can still settle: a dead letter, or one that lies in the outbox to be sent again. */
export interface RefusedCommit {
  readonly id: string
  readonly commit: PendingRecord
  readonly where: 'dead-letters' | 'outbox'
  /** Of the refusal; undefined in the outbox. */
  readonly code: string | undefined
}

/** @throws LarderError `dead-letter-accepted`, `dead-letter-unknown` */
export async function findRefused(
  tx: StorageTransaction,
  { deadLetters, pending }: Pick<LogCache, 'deadLetters' | 'pending'>,
  id: string,
): Promise<RefusedCommit> {
  const letter = deadLetters.get(id)
  if (letter !== undefined) return { id, commit: letter.commit, where: 'dead-letters', code: letter.code }
  const waiting = pending.find(id)
  if (waiting !== undefined && isSentAgain(waiting)) return { id, commit: waiting, where: 'outbox', code: undefined }
  const isTaken = waiting === undefined ? await isConfirmed(tx, id) : isAccepted(waiting)
  throw isTaken ? acceptedLetter(id) : unknownLetter(id)
}

/** Whether a commit of the outbox was refused before, and nobody knows yet what becomes of it now. */
export function isSentAgain(record: PendingRecord): boolean {
  return record.attempts > 0 && !isAccepted(record)
}

/** Takes it from where it lies. */
export function removeRefused(tx: StorageTransaction, { id, commit, where }: RefusedCommit): Promise<void> {
  return where === 'outbox' ? tx.delete('pending', commit.order) : tx.delete('deadLetters', id)
}

async function isConfirmed(tx: StorageTransaction, id: string): Promise<boolean> {
  return (await tx.readByIndex('commitIds', id, { limit: 1 })).length > 0
}

export function unknownLetter(id: string): LarderError<'dead-letter-unknown'> {
  return new LarderError(
    'dead-letter-unknown',
    `There is no dead letter ${id}: it was settled meanwhile; look at the list again`,
    { details: { id } },
  )
}

function acceptedLetter(id: string): LarderError<'dead-letter-accepted'> {
  return new LarderError(
    'dead-letter-accepted',
    `Commit ${id} is accepted, and no dead letter any more: it stays as it is. Append what differs as a new commit`,
    { details: { id } },
  )
}
