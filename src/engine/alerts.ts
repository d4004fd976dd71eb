import { ageLimitMs, type LetterLimits, WARN_AT } from '../dead-letter/letter-limits.ts'

/** Something that somebody should look at, for as long as it is so. */
export type Alert =
  /** There are as many dead letters as `alerts.deadLetters` says, or more. */
  | { readonly kind: 'dead-letters'; readonly count: number; readonly limit: number }
  /** The oldest commit that is not confirmed waits for as long as `alerts.oldestPendingMs` says, or longer. */
  | { readonly kind: 'oldest-pending'; readonly ageMs: number; readonly limit: number }
  /** There are nine tenths of `deadLetters.maxSize`, or more. */
  | { readonly kind: 'dead-letters-size'; readonly count: number; readonly limit: number }
  /** The oldest dead letter has nine tenths of the age of `deadLetters.retentionDays`, or more. */
  | { readonly kind: 'dead-letters-age'; readonly ageMs: number; readonly limit: number }

export interface AlertThresholds {
  readonly deadLetters: number | undefined
  readonly oldestPendingMs: number | undefined
}

export const NO_THRESHOLDS: AlertThresholds = { deadLetters: undefined, oldestPendingMs: undefined }

export interface AlertFacts {
  /** ms since 1970. */
  readonly now: number
  readonly letters: number
  readonly oldestLetter: number | undefined
  readonly oldestPending: number | undefined
}

/** What is to be told now, and in how many ms there may be more, if nothing changes but the time. */
export function alertsOf(
  { now, letters, oldestLetter, oldestPending }: AlertFacts,
  thresholds: AlertThresholds,
  limits: LetterLimits,
): { readonly alerts: readonly Alert[]; readonly nextInMs: number | undefined } {
  const alerts: Alert[] = []
  const waits: number[] = []
  const count = (kind: 'dead-letters' | 'dead-letters-size', from: number, limit: number): void => {
    if (letters >= from) alerts.push({ kind, count: letters, limit })
  }
  const age = (kind: 'oldest-pending' | 'dead-letters-age', since: number, from: number, limit: number): void => {
    const ageMs = now - since
    if (ageMs >= from) alerts.push({ kind, ageMs, limit })
    else waits.push(Math.min(from, from - ageMs))
  }
  if (thresholds.deadLetters !== undefined) count('dead-letters', thresholds.deadLetters, thresholds.deadLetters)
  if (thresholds.oldestPendingMs !== undefined && oldestPending !== undefined)
    age('oldest-pending', oldestPending, thresholds.oldestPendingMs, thresholds.oldestPendingMs)
  if (Number.isFinite(limits.maxSize)) count('dead-letters-size', limits.maxSize * WARN_AT, limits.maxSize)
  const ageLimit = ageLimitMs(limits)
  if (ageLimit !== undefined && oldestLetter !== undefined)
    age('dead-letters-age', oldestLetter, ageLimit * WARN_AT, ageLimit)
  return { alerts, nextInMs: waits.length === 0 ? undefined : Math.max(0, Math.min(...waits)) }
}
