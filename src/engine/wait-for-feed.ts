import type { EventCatalog } from '../event/catalog.ts'
import type { Clock } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { isOutage, type StorageWatch } from '../store/storage-watch.ts'
import { formatCursor } from './feed-cursor.ts'
import { cursorOf, type FeedBatch, type FeedRequest, readFeed } from './read-feed.ts'

export interface FeedSource {
  readonly store: EventStore
  readonly storage: Pick<StorageWatch, 'whenReady'>
  readonly catalog: EventCatalog
  readonly clock: Clock
}

/**
 * Reads until there is an event to give, the end of the wait, or an abort; then answers what there is, with the cursor moved. While the storage is gone it
 * waits as if there were nothing to read, and goes on from the same place.
 */
export async function waitForFeed(
  { store, storage, catalog, clock }: FeedSource,
  request: FeedRequest,
  waitMs: number,
  signal: AbortSignal,
): Promise<FeedBatch> {
  const until = clock.monotonic() + waitMs
  let after = formatCursor(cursorOf(store, request))
  for (;;) {
    // Listens before it reads: what is stored in between wakes it.
    const moved = nextMove(store, clock, until, signal)
    try {
      await storage.whenReady('read', moved.over)
      if (moved.over.aborted && clock.monotonic() >= until) return { events: [], cursor: after, atEnd: true }
      const batch = await readFeed(store, catalog, { ...request, after })
      after = batch.cursor
      if (batch.events.length > 0 || signal.aborted || clock.monotonic() >= until) return batch
      if (batch.atEnd) await moved.happened
    } catch (error) {
      if (!isOutage(error, 'read')) throw error
      if (moved.over.aborted) return { events: [], cursor: after, atEnd: true }
    } finally {
      moved.stop()
    }
  }
}

function nextMove(store: EventStore, clock: Clock, until: number, signal: AbortSignal) {
  const over = new AbortController()
  let stop: () => void = () => undefined
  const happened = new Promise<void>((resolve) => {
    const unsubscribe = store.subscribe(() => resolve())
    const end = () => {
      over.abort()
      resolve()
    }
    const cancel = clock.after(Math.max(0, until - clock.monotonic()), end)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    stop = () => {
      unsubscribe()
      cancel()
      signal.removeEventListener('abort', end)
    }
  })
  return { happened, over: over.signal, stop: () => stop() }
}
