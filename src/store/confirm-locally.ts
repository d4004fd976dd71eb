import { countOf, type PackedEvents } from '../event/packed-events.ts'
import { toStored } from './check-segment.ts'
import type { LogCache } from './log-cache.ts'
import { buildSegment } from './segment.ts'
import type { StorageTransaction } from './storage-backend.ts'

/**
 * Confirms a commit at the end of a store that is its own authority; answers the position of its first event. In a write transaction, as the only one
 * that adds to the confirmed zone in it.
 */
export async function confirmLocally(
  tx: StorageTransaction,
  cache: LogCache,
  { id, events }: { readonly id: string; readonly events: PackedEvents },
): Promise<number> {
  const position = cache.head + 1
  const commit = { id, device: cache.meta.device, seq: position, count: countOf(events), receivedAt: Number.NaN }
  const versions = await cache.confirmedVersions(tx, events.streams)
  await tx.put('confirmed', toStored(buildSegment(position, [{ commit, events }], versions)))
  return position
}
