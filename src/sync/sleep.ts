import type { Clock } from '../platform/ports.ts'

/** Waits, or ends at once when `signal` aborts. Leaves nothing behind. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(delayMs, end)
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
