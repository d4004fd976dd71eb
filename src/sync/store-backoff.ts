import type { EventStore } from '../store/event-store.ts'
import type { SyncState } from './sync-state.ts'

/**
 * Keeps how often it failed and when it is tried again, for the tab that leads next.
 *
 * @param term of the tab that failed: what one has to say that leads no more is left out
 */
export function storeBackoff(
  store: EventStore,
  { attempt, failedAt, notBefore, askedUntil }: Pick<SyncState, 'attempt' | 'failedAt' | 'notBefore' | 'askedUntil'>,
  term: number,
): Promise<void> {
  return store.transition(async (tx, { meta }) => {
    if (meta.term === term) await tx.put('meta', { ...meta, attempt, failedAt, nextAttemptAt: notBefore, askedUntil })
  })
}
