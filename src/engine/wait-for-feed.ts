import type { EventCatalog } from '../event/catalog.ts'
import type { Clock } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { type FeedBatch, type FeedRequest, readFeed } from './read-feed.ts'

export interface FeedSource {
  readonly store: EventStore
  readonly catalog: EventCatalog
  readonly clock: Clock
}

/** Reads until there is an event to give, the end of the wait, or an abort; then answers what there is, with the cursor moved. */
export async function waitForFeed(
  { store, catalog, clock }: FeedSource,
  request: FeedRequest,
  waitMs: number,
  signal: AbortSignal,
): Promise<FeedBatch> {
  const until = clock.monotonic() + waitMs
  let after = request.after
  for (;;) {
    // Listens before it reads: what is stored in between wakes it.
    const moved = nextMove(store, clock, until, signal)
    try {
      const batch = await readFeed(store, catalog, { ...request, after })
      after = batch.cursor
      if (batch.events.length > 0 || signal.aborted || clock.monotonic() >= until) return batch
      if (batch.atEnd) await moved.happened
    } finally {
      moved.stop()
    }
  }
}

function nextMove(store: EventStore, clock: Clock, until: number, signal: AbortSignal) {
  let stop: () => void = () => undefined
  const happened = new Promise<void>((resolve) => {
    const unsubscribe = store.subscribe(() => resolve())
    const cancel = clock.after(Math.max(0, until - clock.monotonic()), resolve)
    const onAbort = () => resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => {
      unsubscribe()
      cancel()
      signal.removeEventListener('abort', onAbort)
    }
  })
  return { happened, stop: () => stop() }
}
