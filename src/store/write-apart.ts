import { isLarderError } from '../errors.ts'
import type { WaitingAppend } from './append-queue.ts'
import { storedUnknown } from './silence.ts'
import { isOutage } from './storage-watch.ts'

/**
 * Writes the members of a group that failed together, each by itself: one may be at fault, such as one too large for what is left of the quota. Where the
 * connection was lost while committing, all of them may be stored: each is looked for before it is written again, and who cannot be looked for is told
 * that nobody knows. A storage that did not answer is not asked again: twice as long is longer than a page waits.
 *
 * @param first why the group failed
 * @param write settles the member, or throws
 */
export async function writeApart(
  group: readonly WaitingAppend[],
  first: unknown,
  write: (member: WaitingAppend) => Promise<void>,
): Promise<void> {
  const mayBeStored = isOutcomeUnknown(first)
  let silence: unknown = isLarderError(first, 'storage-timeout') ? first : undefined
  for (const member of group) {
    // A storage that is gone is not asked once for each: where it does not answer, the last would hear of it hours later.
    if (silence !== undefined) {
      // How the one before ended is not known; that this one was not written is.
      member.fail(told(isOutcomeUnknown(silence) ? first : silence, member, mayBeStored))
      continue
    }
    try {
      await write({ ...member, lookUp: true })
    } catch (error) {
      if (isOutage(error, 'write')) silence = error
      member.fail(told(error, member, mayBeStored || isOutcomeUnknown(error)))
    }
  }
}

function told(error: unknown, { commit }: WaitingAppend, mayBeStored: boolean): unknown {
  return mayBeStored ? storedUnknown(error, commit.id) : error
}

function isOutcomeUnknown(error: unknown): boolean {
  return isLarderError(error, 'storage-unavailable') && error.details?.outcome === 'unknown'
}
