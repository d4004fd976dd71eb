import { nameOfError } from '../errors.ts'
import { problemOf } from './answer.ts'
import type { Exchange, ExchangeOutcome } from './exchange.ts'
import type { SyncOptions } from './sync-options.ts'

/** Makes one exchange, and measures it. Never rejects. */
export async function runExchange(
  exchange: Exchange,
  term: number,
  signal: AbortSignal,
  { clock, meter, logger }: Pick<SyncOptions, 'clock' | 'meter' | 'logger'>,
): Promise<ExchangeOutcome> {
  const begunAt = clock.monotonic()
  try {
    const outcome = await exchange.run(term, signal)
    meter.time('larder.exchange.duration', clock.monotonic() - begunAt, { outcome: outcome.kind })
    if (outcome.kind === 'succeeded')
      for (const { to } of outcome.changes) meter.count('larder.exchange.commits', 1, { to })
    return outcome
  } catch (error) {
    // A defect or a storage failure of ours: the same as a server that cannot now, but somebody should look.
    logger.error('sync: an exchange failed', { error: nameOfError(error) })
    return { kind: 'failed', as: 'later', problem: problemOf(error), retryAfterMs: 0 }
  }
}
