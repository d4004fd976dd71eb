import type { Ids } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { goOnWithOlder, isBehindLog } from '../store/older-meta.ts'

/** The meta record may have been put back to one of before while this tab has the store open: asked from there, the server answers what nobody can apply. */
export async function goOnIfBehind(store: EventStore, ids: Ids): Promise<boolean> {
  if (!isBehindLog(store.known)) return false
  await store.transition(async (tx, cache) => {
    if (isBehindLog(cache)) await goOnWithOlder(tx, cache, ids)
  })
  return true
}
