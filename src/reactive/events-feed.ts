import { Observable } from 'rxjs'
import type { Client } from '../client/client.ts'
import type { FeedRequest } from '../engine/read-feed.ts'
import { isLarderError } from '../errors.ts'
import { deepFreeze } from '../event/deep-freeze.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'

/** How long one call waits in the worker before it is made anew. */
const WAIT_MS = 20_000

let nextFeed = 1

/**
 * Every event once, from `after` on and for as long as it is subscribed to. The page asks for the next events when it has dealt with the last:
 * a long history waits in storage, not in memory. Goes on behind the last event when the worker is replaced.
 */
export function eventsFeed(
  client: Client,
  request: FeedRequest,
): Observable<RecordedEvent & { readonly cursor: string }> {
  return new Observable((subscriber) => {
    const id = nextFeed++
    let after = request.after
    const follow = async () => {
      while (!subscriber.closed) {
        const batch = await client.call((api) => api.nextOfFeed(id, { ...request, after }, WAIT_MS), {
          extraMs: WAIT_MS,
        })
        for (const event of batch.events) subscriber.next(client.domain.development ? deepFreeze(event) : event)
        after = batch.cursor
      }
    }
    const followOn = (): void => {
      follow().catch((error: unknown) => {
        if (isLarderError(error, 'closed')) subscriber.complete()
        else if (isLarderError(error, 'worker-crashed') || isLarderError(error, 'timeout')) followOn()
        else subscriber.error(error)
      })
    }
    followOn()
    return () => {
      client.call((api) => api.stopFeed(id)).catch(() => undefined)
    }
  })
}
