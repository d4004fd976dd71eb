import type { EventStore } from '../store/event-store.ts'
import type { SyncState } from './sync-state.ts'

/** Keeps how often it failed and when it is tried again, for the tab that leads next. */
export function storeBackoff(
  store: EventStore,
  { attempt, failedAt, notBefore }: Pick<SyncState, 'attempt' | 'failedAt' | 'notBefore'>,
): Promise<void> {
  return store.transition((tx, cache) => tx.put('meta', { ...cache.meta, attempt, failedAt, nextAttemptAt: notBefore }))
}
