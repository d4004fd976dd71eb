import { countOf, type PackedEvents } from '../event/packed-events.ts'
import { toStored } from './check-segment.ts'
import type { LogCache } from './log-cache.ts'
import { buildSegments, type CommitRun } from './segment.ts'
import type { StorageTransaction } from './storage-backend.ts'

/**
 * Confirms commits at the end of a store that is its own authority; answers the position of the first event of each. In a write transaction, as the only one
 * that adds to the confirmed zone in it.
 */
export async function confirmLocally(
  tx: StorageTransaction,
  cache: LogCache,
  commits: readonly { readonly id: string; readonly events: PackedEvents }[],
): Promise<readonly number[]> {
  const { device } = cache.meta
  const positions: number[] = []
  const runs: CommitRun[] = []
  let position = cache.nextPosition
  for (const { id, events } of commits) {
    const count = countOf(events)
    positions.push(position)
    runs.push({ commit: { id, device, seq: position, count, receivedAt: Number.NaN }, events })
    position += count
  }
  const streams = commits.flatMap(({ events }) => events.streams)
  const segments = buildSegments(cache.nextPosition, runs, await cache.confirmedVersions(tx, streams))
  await tx.put('confirmed', ...segments.map(toStored))
  return positions
}
