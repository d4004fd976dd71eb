import { map, Observable, share, shareReplay } from 'rxjs'
import type { Client } from '../client/client.ts'
import { deadLetterStats } from '../dead-letter/dead-letter-stats.ts'
import { argumentError, isLarderError } from '../errors.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'
import type { AnyProjection } from '../projection/define-projection.ts'
import type { Subscription, Told } from '../protocol/worker-api.ts'
import type { Stored } from '../store/append-transaction.ts'
import { eventsFeed } from './events-feed.ts'
import { createHealth, type StorageFacts } from './health.ts'
import type { EventsPage, EventsQuery, FeedQuery, Larder, Receipt, ViewOptions } from './larder.ts'
import { createReceipt } from './receipt.ts'
import { type KeyedView, viewRange, viewState, viewStates } from './views.ts'

const MAX_PAGE = 1000

/** Puts observables around a client. */
export function createLarder(client: Client, storage: StorageFacts): Larder {
  // One subscription in the worker, however many receipts wait: each change would be sent as often else.
  const changes$ = toObservable(client, { to: 'changes' }).pipe(share())
  const list$ = shared(toObservable(client, { to: 'dead-letters' }))
  const receiptOf = (stored: Stored): Receipt => createReceipt(client, changes$, stored)
  const larder: Larder = {
    append: async (events, options = {}) => receiptOf(await client.append(events, options)),
    view: (projection: AnyProjection, ...rest: ViewArguments) => viewStates(client, specOf(projection, rest)),
    viewState: (projection: AnyProjection, ...rest: ViewArguments) => viewState(client, specOf(projection, rest)),
    viewRange: (projection, range) => viewRange(client, projection, range),
    get: async (projection: AnyProjection, ...rest: ViewArguments) => {
      const { key, layer } = specOf(projection, rest)
      return client.call((api) => api.get(projection.name, key, layer)) as Promise<never>
    },
    events: (query) => readEvents(client, query ?? {}),
    events$: <E extends readonly AnyEventDefinition[]>({ types, stream, after, zone }: FeedQuery<E> = {}) =>
      // The engine reads them with the definitions that `E` is made of.
      eventsFeed(client, { types: types?.map(({ type }) => type), stream, after, zone: zone ?? 'all' }) as Observable<
        RecordedEvent & EventOf<E[number]> & { readonly cursor: string }
      >,
    commits$: shared(toObservable(client, { to: 'commits' }).pipe(map((fates) => new Map(fates)))),
    changes$,
    commit: (id) => receiptOf({ commitId: id, eventIds: [], position: undefined }),
    sync: {
      status$: shared(toObservable(client, { to: 'sync' })),
      now: () => client.call((api) => api.syncNow()),
      pause: () => client.call((api) => api.syncPause()),
      resume: () => client.call((api) => api.syncResume()),
    },
    deadLetters: {
      list$,
      list: () => once(client, 'dead-letters'),
      stats: async () => deadLetterStats(await once(client, 'dead-letters'), client.platform.clock.now()),
      retry: (id) => client.call((api) => api.retryDeadLetter(id)),
      amend: async (id, events) => {
        const commit = client.prepare(events, {})
        return receiptOf(await client.call((api) => api.amendDeadLetter(id, commit)))
      },
      discard: (id, options) => client.call((api) => api.discardDeadLetter(id, options?.reason ?? '')),
    },
    health$: createHealth(toObservable(client, { to: 'health' }), storage),
    persist: () => storage.persist(),
    close: () => client.close(),
  }
  return larder
}

type ViewArguments = readonly [key?: string | ViewOptions, options?: ViewOptions]

/** Tells `view(single, options)` from `view(keyed, key, options)`. */
function specOf(projection: AnyProjection, [first, second]: ViewArguments): KeyedView {
  const isKeyed = projection.kind === 'keyed'
  if (isKeyed !== (typeof first === 'string')) {
    throw argumentError(
      'key',
      isKeyed
        ? `Projection ${projection.name} has a state per key: say which`
        : `Projection ${projection.name} has one state: give no key`,
    )
  }
  const options = typeof first === 'string' ? second : first
  return { projection, key: typeof first === 'string' ? first : '', layer: options?.layer ?? 'all' }
}

export function toObservable<K extends keyof Told>(
  client: Client,
  subscription: Subscription & { to: K },
): Observable<Told[K]> {
  return new Observable((subscriber) =>
    client.subscribe(
      subscription,
      (payload: Told[K]) => subscriber.next(payload),
      (error) => (isLarderError(error, 'closed') ? subscriber.complete() : subscriber.error(error)),
    ),
  )
}

function shared<T>(source: Observable<T>): Observable<T> {
  return source.pipe(shareReplay({ bufferSize: 1, refCount: true }))
}

function once<K extends 'dead-letters'>(client: Client, to: K): Promise<Told[K]> {
  return new Promise((resolve, reject) => {
    const end = client.subscribe<K>(
      { to } as Subscription & { to: K },
      (payload) => {
        end()
        resolve(payload)
      },
      reject,
    )
  })
}

async function readEvents<E extends readonly AnyEventDefinition[]>(
  client: Client,
  query: EventsQuery<E>,
): Promise<EventsPage<RecordedEvent & EventOf<E[number]>>> {
  const limit = query.limit ?? 100
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_PAGE)
    throw argumentError('limit', `limit is a whole number from 1 to ${MAX_PAGE}; got ${limit}`)
  const page = await client.call((api) =>
    api.events({
      stream: query.stream,
      types: query.types?.map(({ type }) => type),
      from: timeOf('from', query.from),
      to: timeOf('to', query.to),
      where: query.where,
      limit,
      direction: query.direction ?? 'forward',
      after: query.after,
    }),
  )
  // The engine read them with the definitions that `E` is made of.
  return page as EventsPage<RecordedEvent & EventOf<E[number]>>
}

function timeOf(argument: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw argumentError(argument, `${argument} is a time in ISO 8601; got '${text}'`)
  return time
}
