import { crashedError, timeoutError } from './call-errors.ts'
import type { CallOptions } from './client-options.ts'
import type { Terms } from './pending-calls.ts'

/** Without a deadline: a large store may take its time. A storage that does not answer is given up by the worker, and a worker that hangs is found out. */
export const OPENING: Terms<never> = {
  afterMs: Number.POSITIVE_INFINITY,
  error: () => undefined,
  lost: () => crashedError(false),
}

/** How long a call waits for its answer, and what it ends with where none comes. */
export function termsOf<T>(
  callTimeoutMs: number,
  { writes = false, repeats = false, extraMs = 0 }: CallOptions,
  again: () => Promise<T>,
): Terms<T> {
  const afterMs = callTimeoutMs + extraMs
  return {
    afterMs,
    error: () => timeoutError(afterMs, writes),
    lost: () => crashedError(writes),
    again: repeats ? again : undefined,
  }
}
