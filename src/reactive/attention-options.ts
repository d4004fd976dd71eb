import { checkLetterLimits, type LetterLimits } from '../dead-letter/letter-limits.ts'
import type { Alert, AlertThresholds } from '../engine/alerts.ts'
import { argumentError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'
import type { ReportLetters } from '../sync/letter-reports.ts'
import { checkObject } from './check-options.ts'

export interface DeadLetterOptions {
  /** How often a failure that may pass is tried by itself before it waits for a person. Default 3. */
  maxAttempts?: number
  /** From nine tenths of so many on, `onAlert` and `health$` warn. Default 1000; `Infinity`: never. */
  maxSize?: number
  /** From nine tenths of this age of the oldest on, they warn. In days. Default 30; `Infinity`: never. */
  retentionDays?: number
  /**
   * `'drop-oldest'`: what is over a limit is dropped, the oldest first. A handler's letter is then gone; a refused commit is given up as by `discard`, so it
   * stays as a record, and the server is told. Default: nothing is ever dropped.
   */
  whenFull?: 'drop-oldest'
  /**
   * What the sync server is told of refused commits, so that whoever runs the app learns that devices wait. `'codes'`: the commit's id, the code, how often it
   * was tried and since when. `'events'`: its events too, payload included. `false`: nothing. Default `'codes'`.
   */
  report?: 'codes' | 'events' | false
}

export interface AlertOptions {
  /** So many dead letters. Default: no alert. */
  deadLetters?: number
  /** So long, in ms, the oldest commit that is not confirmed has waited. Default: no alert. */
  oldestPendingMs?: number
}

/** What `openLarder` and `openLarderInline` have in common of what is to be looked at. */
export interface AttentionOptions {
  /** Dead letters: how often they are tried, and how many of them, of what age, are too many. */
  deadLetters?: DeadLetterOptions
  /** From when on somebody should look. */
  alerts?: AlertOptions
  /** Called once when an alert begins, in every tab that is open; again only after it was over. `health$` tells how it stands. */
  onAlert?: (alert: Alert) => void
}

/** @throws LarderError `argument` */
export function readAttention({ deadLetters, alerts, onAlert }: AttentionOptions): {
  readonly maxAttempts: number | undefined
  readonly letterLimits: LetterLimits
  readonly alerts: AlertThresholds
  readonly reportLetters: ReportLetters
} {
  if (deadLetters !== undefined) checkObject('deadLetters', deadLetters)
  if (alerts !== undefined) checkObject('alerts', alerts)
  if (onAlert !== undefined && typeof onAlert !== 'function')
    throw argumentError('onAlert', `onAlert is a function, or left out; got ${showValue(onAlert)}`)
  const { maxAttempts, maxSize, retentionDays, whenFull, report = 'codes' } = deadLetters ?? {}
  if (report !== 'codes' && report !== 'events' && report !== false)
    throw argumentError('report', `deadLetters.report is 'codes', 'events' or false; got ${showValue(report)}`)
  return {
    maxAttempts: positive('maxAttempts', maxAttempts),
    reportLetters: report,
    letterLimits: checkLetterLimits({ maxSize, retentionDays, whenFull }),
    alerts: {
      deadLetters: positive('alerts.deadLetters', alerts?.deadLetters),
      oldestPendingMs: positive('alerts.oldestPendingMs', alerts?.oldestPendingMs),
    },
  }
}

function positive(argument: string, given: unknown): number | undefined {
  if (given === undefined || (typeof given === 'number' && given > 0)) return given
  throw argumentError(argument, `${argument} is a number above 0, or left out; got ${showValue(given)}`)
}
