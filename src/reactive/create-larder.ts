import { map, Observable, Subject, share, shareReplay } from 'rxjs'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import { argumentError, isLarderError } from '../errors.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'
import type { AnyProjection } from '../projection/define-projection.ts'
import type { Subscription, Told } from '../protocol/worker-api.ts'
import { appendAll } from './append-all.ts'
import { checkObject } from './check-options.ts'
import { checkFeedQuery } from './check-query.ts'
import { createDeadLetters } from './create-dead-letters.ts'
import { createHandlers } from './create-handlers.ts'
import { createLarderAccount } from './create-larder-account.ts'
import { createLarderAggregates } from './create-larder-aggregates.ts'
import { eventsFeed } from './events-feed.ts'
import type { FeedQuery } from './events-query.ts'
import { exportBackup } from './export-backup.ts'
import { createHealth, type StorageFacts } from './health.ts'
import { checkBackup, importBackup } from './import-backup.ts'
import type { Larder } from './larder.ts'
import type { Moment, ViewOptions } from './larder-views.ts'
import { readEvents } from './read-events.ts'
import { readMoment } from './read-moment.ts'
import { rebuild } from './rebuild.ts'
import type { Receipt } from './receipt.ts'
import { createReceipt } from './receipt.ts'
import { type KeyedView, viewRange, viewState, viewStates } from './views.ts'
import { whenProcessed } from './when-processed.ts'

/** An exchange that is in flight already, and the one that is asked for, have 30 s each. */
const SYNC_NOW_MS = 60_000

/**
 * Puts observables around a client.
 *
 * @param onClosing called whenever it is closed, also because it was destroyed
 */
export function createLarder(client: Client, storage: StorageFacts, onClosing: () => void = () => undefined): Larder {
  // One subscription in the worker, however many receipts wait: each change would be sent as often else.
  const changes$ = toObservable(client, { to: 'changes' }).pipe(share())
  const asked$ = new Subject<void>()
  const list$ = shared(toObservable(client, { to: 'dead-letters' }))
  const list = () => once(client, 'dead-letters')
  const receiptOf = (stored: Appended): Receipt => createReceipt(client, changes$, stored)
  const handlers = createHandlers(client, receiptOf)
  const close = () => {
    onClosing()
    handlers.bus.close()
    return client.close()
  }
  const larder: Larder = {
    ...handlers,
    ...createLarderAccount(client, close),
    append: async (events, options = {}) => {
      checkObject('options', options)
      return receiptOf(await client.append(events, options))
    },
    ...createLarderAggregates(client, receiptOf),
    appendAll: (events, options = {}) => appendAll(client, events, options),
    view: (projection: AnyProjection, ...rest: ViewArguments) => viewStates(client, specOf(projection, rest)),
    viewState: (projection: AnyProjection, ...rest: ViewArguments) => viewState(client, specOf(projection, rest)),
    viewRange: (projection, range) => viewRange(client, projection, range),
    get: async (projection: AnyProjection, ...rest: ViewArguments) => {
      const { key, layer } = specOf(projection, rest)
      return client.call((api) => api.get(projection.name, key, layer), { repeats: true }) as Promise<never>
    },
    stateAt: async (projection: AnyProjection, ...rest: readonly [key: string | Moment, at?: Moment]) => {
      const [first, second] = rest
      const { key } = specOf(projection, typeof first === 'string' ? [first] : [])
      const moment = readMoment(typeof first === 'string' ? second : first)
      return client.call((api) => api.stateAt(projection.name, key, moment), { extraMs: Infinity }) as Promise<never>
    },
    whenProcessed: (projection, receipt, options = {}) => whenProcessed(client, projection, receipt, options),
    rebuild: (projection, options = {}) => rebuild(client, projection, options),
    events: (query) => readEvents(client, query ?? {}),
    events$: <E extends readonly AnyEventDefinition[]>(query: FeedQuery<E> = {}) => {
      checkFeedQuery(query)
      const { types, stream, after, zone } = query
      // The engine reads them with the definitions that `E` is made of.
      return eventsFeed(client, {
        types: types?.map(({ type }) => type),
        stream,
        after,
        zone: zone ?? 'all',
      }) as Observable<RecordedEvent & EventOf<E[number]> & { readonly cursor: string }>
    },
    commits$: shared(toObservable(client, { to: 'commits' }).pipe(map((fates) => new Map(fates)))),
    changes$,
    commit: (id) => receiptOf({ commitId: id, eventIds: [], position: undefined }),
    sync: {
      status$: shared(toObservable(client, { to: 'sync' })),
      now: () => client.call((api) => api.syncNow(), { extraMs: SYNC_NOW_MS, repeats: true }),
      pause: () => client.call((api) => api.syncPause(), { repeats: true }),
      resume: () => client.call((api) => api.syncResume(), { repeats: true }),
    },
    deadLetters: createDeadLetters(client, { list$, list, receiptOf }),
    backup: {
      export: () => exportBackup(client),
      import: (stream, options = {}) => importBackup(client, stream, options),
      check: (stream, options = {}) => checkBackup(client, stream, options),
    },
    health$: createHealth(toObservable(client, { to: 'health' }), { storage, clock: client.platform.clock, asked$ }),
    persist: async () => {
      const answer = await storage.persist()
      asked$.next()
      return answer
    },
    // They take as long as the log is long.
    verify: () => client.call((api) => api.verify(), { extraMs: Infinity, repeats: true }),
    compact: () => client.call((api) => api.compact(), { extraMs: Infinity, repeats: true }),
    supportBundle: async () => {
      const [bundle, facts] = await Promise.all([
        client.call((api) => api.supportBundle(), { repeats: true }),
        storage.read(),
      ])
      return { ...bundle, storage: { ...bundle.storage, ...facts } }
    },
    metrics: () => client.call((api) => api.metrics(), { repeats: true }),
    close,
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
