import { argumentError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'
import type { DeadLetterRecord } from '../store/records.ts'

export interface LetterLimits {
  readonly maxSize: number
  readonly retentionDays: number
  readonly whenFull: 'keep' | 'drop-oldest'
}

export const LETTER_LIMITS: LetterLimits = { maxSize: 1000, retentionDays: 30, whenFull: 'keep' }

/** From this part of a limit on, it is warned of. */
export const WARN_AT = 0.9
const DAY_MS = 24 * 3600 * 1000

/** @throws LarderError `argument` */
export function checkLetterLimits(given: Partial<Record<keyof LetterLimits, unknown>> | undefined): LetterLimits {
  const { maxSize = LETTER_LIMITS.maxSize, retentionDays = LETTER_LIMITS.retentionDays, whenFull } = given ?? {}
  if (typeof maxSize !== 'number' || !(maxSize >= 1))
    throw argumentError('maxSize', `deadLetters.maxSize is a number from 1, or Infinity; got ${showValue(maxSize)}`)
  if (typeof retentionDays !== 'number' || !(retentionDays > 0))
    throw argumentError(
      'retentionDays',
      `deadLetters.retentionDays is a number of days above 0, or Infinity; got ${showValue(retentionDays)}`,
    )
  if (whenFull !== undefined && whenFull !== 'drop-oldest')
    throw argumentError('whenFull', `deadLetters.whenFull is 'drop-oldest', or left out; got ${showValue(whenFull)}`)
  return { maxSize, retentionDays, whenFull: whenFull ?? 'keep' }
}

/** Those that are over the limits, oldest first; none unless dropping is allowed. */
export function lettersToDrop(
  letters: readonly DeadLetterRecord[],
  { maxSize, retentionDays, whenFull }: LetterLimits,
  now: number,
): readonly DeadLetterRecord[] {
  if (whenFull === 'keep') return []
  const oldest = letters.toSorted(byAge)
  const tooMany = Math.max(0, oldest.length - maxSize)
  return oldest.filter(({ since }, index) => index < tooMany || now - since > retentionDays * DAY_MS)
}

/** In ms, until the oldest is over its age; undefined where it never is. */
export function ageLimitMs({ retentionDays }: LetterLimits): number | undefined {
  return Number.isFinite(retentionDays) ? retentionDays * DAY_MS : undefined
}

/** The oldest first; those of one moment in an order in which every tab sees them. */
export function byAge(a: DeadLetterRecord, b: DeadLetterRecord): number {
  return a.since - b.since || (a.id < b.id ? -1 : 1)
}
