import { isLarderError } from '../errors.ts'
import { checkShape } from '../event/check-payload.ts'
import { jsonBytes } from '../event/json-bytes.ts'
import { EVENT_LIMITS } from '../event/limits.ts'
import type { BackupCommit } from './backup-format.ts'

/** UTF-8 bytes that the JSON of what was read has for each UTF-16 unit of what was read, at most. */
const BYTES_OF_UNIT = 6

/**
 * Whether a commit of a backup could have been appended, by what its events and its command are made of: how deep, of how many and which keys, and how
 * large. Who goes on with it relies on that. Characters of texts are left as they are: a log of before they were looked at may hold any.
 *
 * @param units length of the line that it was read from
 */
export function isStorable(commit: BackupCommit, units: number): boolean {
  const isSmall = units * BYTES_OF_UNIT <= EVENT_LIMITS.eventBytes
  let total = 0
  try {
    for (const { data, metadata, ...envelope } of commit.events) {
      const event = { ...envelope, data: checkShape(data, 'data'), metadata: checkShape(metadata, 'metadata') }
      const bytes = isSmall ? 0 : jsonBytes(event)
      if (bytes > EVENT_LIMITS.eventBytes) return false
      total += bytes + 1
    }
    const args = 'command' in commit ? commit.command?.args : undefined
    if (args !== undefined && jsonBytes(checkShape(args, 'args')) > EVENT_LIMITS.eventBytes) return false
  } catch (error) {
    if (isLarderError(error)) return false
    throw error
  }
  return total <= EVENT_LIMITS.commitBytes
}
