import type { ExchangeRequest, WireCursor, WireProblem } from '../../src/sync/wire.ts'
import type { LogTransaction } from './server-log.ts'

/**
 * Whether the log still holds the place that the client has reached: its mark, at its position, in this log. After a restore from a backup
 * it may not, and then nothing is judged or pulled. `known` is the highest of the client's older places that the log does hold, null if none;
 * absent where the client has not shown any (`marks`) yet.
 */
export async function checkPlace(request: ExchangeRequest, log: LogTransaction): Promise<WireProblem | undefined> {
  const { cursor, marks } = request
  if (cursor === null) return undefined
  if (cursor.epoch === log.epoch && (await log.markAt(cursor.position)) === cursor.mark) return undefined
  const diverged = {
    code: 'log-diverged',
    message: 'This log does not hold what was synced before, as after a restore from a backup',
  }
  return marks === undefined ? diverged : { ...diverged, known: await highestKnown(marks, log) }
}

/** The epoch does not count here: equal marks mean equal commits, whichever log they are in. */
async function highestKnown(
  marks: NonNullable<ExchangeRequest['marks']>,
  log: LogTransaction,
): Promise<WireCursor | null> {
  for (const { position, mark } of [...marks].sort((a, b) => b.position - a.position)) {
    if (position > 0 && (await log.markAt(position)) === mark) return { epoch: log.epoch, position, mark }
  }
  return null
}
