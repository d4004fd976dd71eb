import { setTimeout as delay } from 'node:timers/promises'

/** Settles like `work`, or rejects with `tooLate()` when that takes longer. */
export async function within<T>(work: Promise<T>, timeoutMs: number, tooLate: () => Error): Promise<T> {
  const ended = new AbortController()
  const timeout = delay(timeoutMs, undefined, { signal: ended.signal }).then(() => {
    throw tooLate()
  })
  timeout.catch(() => undefined)
  work.catch(() => undefined)
  try {
    return await Promise.race([work, timeout])
  } finally {
    ended.abort()
  }
}
