import { isAccepted, type PendingRecord } from '../store/records.ts'
import type { ExchangeResponse } from './wire.ts'

/**
 * Positions are dense: what was accepted at one that the server does not reach, or that was pulled and held something else, is not there any more. The
 * log was set back to a place in front of which this device still is, and no mark could tell. It is to be offered again, and what is to be decided again
 * need not wait for a place that the log does not reach. Undefined where there is nothing to doubt.
 */
export function doubtVerdict(
  record: PendingRecord,
  { head, cursor }: Pick<ExchangeResponse, 'head' | 'cursor'>,
): PendingRecord | undefined {
  const { verdict, decideFrom } = record
  const position = isAccepted(record) && verdict !== undefined && 'position' in verdict ? verdict.position : undefined
  const isGone = position !== undefined && (position <= cursor.position || position > head)
  if (!isGone && (decideFrom ?? 0) <= head) return undefined
  const { decideFrom: _, ...rest } = record
  const decide = decideFrom === undefined ? {} : { decideFrom: Math.min(decideFrom, head) }
  return { ...rest, verdict: isGone ? undefined : verdict, ...decide }
}
