import type { Observable } from 'rxjs'
import type { DeadLetter, DeadLetterStats } from '../dead-letter/dead-letter.ts'
import type { Health } from '../engine/health.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { JsonValue } from '../event/json.ts'
import type { AppendOptions } from '../event/prepare-commit.ts'
import type { NewEvent, RecordedEvent } from '../event/recorded-event.ts'
import type { KeyedProjection, SingleProjection } from '../projection/define-projection.ts'
import type { CommitChange, CommitFate } from '../store/commit-fate.ts'
import type { SyncStatus } from '../sync/sync-status.ts'

/** Proof that a commit is stored on this device. */
export interface Receipt {
  readonly commitId: string
  readonly eventIds: readonly string[]
  /** Position of the first event, where the store itself is the authority; undefined while a server has yet to confirm. */
  readonly position: number | undefined
  /**
   * Waits until the commit is confirmed or rejected, at most `timeoutMs` (default 30,000), then says how it stands. Never rejects for a refusal.
   */
  settled(options?: { timeoutMs?: number }): Promise<'confirmed' | 'rejected' | 'pending' | 'discarded' | 'replaced'>
}

export interface EventsQuery<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  stream?: string
  /** Default: all types. */
  types?: E
  /** `time` at or after, ISO 8601. */
  from?: string
  /** `time` before, ISO 8601. */
  to?: string
  /** Metadata that an event has to have, such as `{ userId: 'ann' }`. */
  where?: Readonly<Record<string, JsonValue>>
  /** Default 100, at most 1,000. */
  limit?: number
  /** Default `'forward'`. */
  direction?: 'forward' | 'backward'
  /** Opaque: the `next` of the page before. */
  after?: string
}

export interface FeedQuery<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  /** Default: all types. */
  types?: E
  stream?: string
  /** A cursor, or `'now'` for what comes only. Default: from the first event. */
  after?: string
  /** `'confirmed'`: strict position order, nothing before it is confirmed. Default `'all'`. */
  zone?: 'all' | 'confirmed'
}

export interface EventsPage<E> {
  readonly events: readonly E[]
  /** Give it as `after` for the next page; undefined at the end. */
  readonly next: string | undefined
}

export interface ViewState<S> {
  readonly state: S
  readonly phase: 'loading' | 'live' | 'faulted'
  readonly error: { readonly code: string; readonly message: string } | undefined
}

/** `layer: 'confirmed'` leaves out what is pending. Default `'all'`. */
export interface ViewOptions {
  layer?: 'all' | 'confirmed'
}

/** One open store: the page's side of it. */
export interface Larder {
  /**
   * Stores events as one commit: all or none. Resolves only when the transaction that holds them is complete on disk.
   *
   * @throws LarderError `concurrency`, `storage-full`, `storage-unavailable`, `worker-crashed`, `closed`, `id-reused`, and what
   * bad input gets: `commit-empty`, `unknown-type`, `validation`, `payload-not-json`, `payload-number`, … (see the table of codes)
   */
  append(events: NewEvent | readonly NewEvent[], options?: AppendOptions): Promise<Receipt>

  /** The latest state at once, then every change; never errors. Nothing is computed for a view that nobody subscribes to. */
  view<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Observable<S>
  view<S>(projection: SingleProjection<S>, options?: ViewOptions): Observable<S>
  /** Like `view`, with the phase: whether it is still loading, live, or stopped at a faulty event. */
  viewState<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Observable<ViewState<S>>
  viewState<S>(projection: SingleProjection<S>, options?: ViewOptions): Observable<ViewState<S>>
  /** All states whose key lies in `from`–`to` (both included, compared as text). */
  viewRange<S>(projection: KeyedProjection<S>, range: { from: string; to: string }): Observable<ReadonlyMap<string, S>>
  /** The state now; sees every append that was acknowledged before the call, in any tab. */
  get<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Promise<S>
  get<S>(projection: SingleProjection<S>, options?: ViewOptions): Promise<S>

  /** One page of events, confirmed then pending; sees every append that was acknowledged before the call, in any tab. */
  events<const E extends readonly AnyEventDefinition[]>(
    query?: EventsQuery<E>,
  ): Promise<EventsPage<RecordedEvent & EventOf<E[number]>>>

  /**
   * Every event once, from history to live: own ones when they are stored, those of other devices when they are confirmed. Each carries the
   * cursor behind it; give the last one as `after` to go on from there, also after a reload. Errors with `cursor-foreign`.
   */
  events$<const E extends readonly AnyEventDefinition[]>(
    query?: FeedQuery<E>,
  ): Observable<RecordedEvent & EventOf<E[number]> & { readonly cursor: string }>

  /** The fate of each event that is not confirmed, by event id; an event that is absent is confirmed. */
  readonly commits$: Observable<ReadonlyMap<string, CommitFate>>
  readonly changes$: Observable<CommitChange>
  /** Takes up a commit again after a reload. */
  commit(id: string): Receipt

  readonly sync: {
    readonly status$: Observable<SyncStatus>
    /** Exchanges now, whatever the backoff; resolves when the exchange ended, well or not. */
    now(): Promise<void>
    pause(): Promise<void>
    resume(): Promise<void>
  }

  readonly deadLetters: {
    readonly list$: Observable<readonly DeadLetter[]>
    list(): Promise<readonly DeadLetter[]>
    stats(): Promise<DeadLetterStats>
    /** Sends it again as it is: same id, same place. */
    retry(id: string): Promise<void>
    /** Sends other events in its place: a new commit that replaces it for ever. */
    amend(id: string, events: NewEvent | readonly NewEvent[]): Promise<Receipt>
    /** Gives it up; it stays as a record, and the server is told. */
    discard(id: string, options?: { reason?: string }): Promise<void>
  }

  readonly health$: Observable<Health>
  /** Asks the browser not to evict this origin's data; answers whether it agreed. */
  persist(): Promise<boolean>

  /** Lets what was acknowledged finish, then frees the worker. Later calls reject with `closed`. */
  close(): Promise<void>
}
