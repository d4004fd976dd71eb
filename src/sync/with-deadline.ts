import type { Clock } from '../platform/ports.ts'

/**
 * Runs `work` with a signal that aborts with `signal`, or after `deadlineMs`. Settles then at the latest, whatever `work` does, and leaves neither a timer
 * nor a listener behind, however long `signal` lives.
 */
export async function withDeadline<T>(
  { clock, deadlineMs, signal }: { readonly clock: Clock; readonly deadlineMs: number; readonly signal: AbortSignal },
  work: (over: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const giveUp = (): void => over.abort(signal.reason)
  const cancel = clock.after(deadlineMs, () => over.abort(new DOMException('No answer in time', 'TimeoutError')))
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  try {
    over.signal.throwIfAborted()
    return await new Promise<T>((resolve, reject) => {
      over.signal.addEventListener('abort', () => reject(over.signal.reason), { once: true })
      work(over.signal).then(resolve, reject)
    })
  } finally {
    cancel()
    signal.removeEventListener('abort', giveUp)
  }
}
