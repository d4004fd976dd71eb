/**
 * Exponential backoff with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015): uniform in [0, min(cap, base · 2^n)].
 * Full jitter spreads clients that failed at the same moment; a server that says `Retry-After` is not asked before.
 */
export const BACKOFF = { baseMs: 1000, capMs: 5 * 60 * 1000, retryAfterCapMs: 60 * 60 * 1000 } as const

/**
 * How long to wait after the `attempt`-th failure in a row, in ms.
 *
 * @param attempt from 1
 * @param random uniform in [0, 1)
 * @param retryAfterMs what the server asked for, a floor; at most one hour is honoured
 */
export function backoffMs(attempt: number, random: number, retryAfterMs = 0): number {
  const ceiling = Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** Math.min(attempt, 30))
  return Math.max(Math.min(retryAfterMs, BACKOFF.retryAfterCapMs), random * ceiling)
}

/** A `Retry-After` header in ms: seconds or an HTTP date; 0 when absent, malformed or in the past. */
export function parseRetryAfter(header: string | undefined, now: number): number {
  if (header === undefined) return 0
  const text = header.trim()
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, BACKOFF.retryAfterCapMs)
  // A date is told by its weekday: what else a browser would take for one is not looked at.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, .* GMT$/.test(text)) return 0
  const at = Date.parse(text)
  return Number.isNaN(at) ? 0 : Math.min(Math.max(0, at - now), BACKOFF.retryAfterCapMs)
}
