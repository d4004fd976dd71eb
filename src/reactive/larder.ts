import type { Observable } from 'rxjs'
import type { DeadLetter, DeadLetterStats } from '../dead-letter/dead-letter.ts'
import type { Health } from '../engine/health.ts'
import type { CompactReport } from '../engine/maintenance.ts'
import type { ImportProgress } from '../errors.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { JsonValue } from '../event/json.ts'
import type { AppendOptions } from '../event/prepare-commit.ts'
import type { EventMetadata, NewEvent, RecordedEvent } from '../event/recorded-event.ts'
import type { MetricsReport } from '../metrics/metrics.ts'
import type { KeyedProjection, SingleProjection } from '../projection/define-projection.ts'
import type { CommitChange, CommitFate } from '../store/commit-fate.ts'
import type { VerifyReport } from '../store/verify.ts'
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
  /** Metadata that an event has to have, such as `{ userId: 'ann' }`. Objects are the same in whatever order their names stand. */
  where?: Readonly<Record<string, JsonValue>>
  /**
   * Runs on the page, after everything else; gives the events that it answers true for. Make it pure: it may be asked twice. Whatever can be said by
   * `stream`, `types`, `from`, `to` and `where` is quicker said there, where it decides what is read at all.
   */
  filter?: (event: RecordedEvent & EventOf<E[number]>) => boolean
  /** The most events that are given: those that passed the filter. From 1 to 1,000. Default 100 for a page; all where they are iterated over. */
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
  /**
   * Give it as `after` for the next page; undefined at the end. This alone says whether there is more, not the number of events: a page ends early
   * when it has 4 MiB, and one with a filter when it has looked at 10,000 events, however few have passed.
   */
  readonly next: string | undefined
}

/** Awaited, one page; iterated over with `for await`, every event, part by part. */
export interface EventsResult<E> extends Promise<EventsPage<E>>, AsyncIterable<E> {}

export interface ViewState<S> {
  readonly state: S
  readonly phase: 'loading' | 'live' | 'faulted'
  readonly error: { readonly code: string; readonly message: string } | undefined
}

/** `layer: 'confirmed'` leaves out what is pending. Default `'all'`. */
export interface ViewOptions {
  layer?: 'all' | 'confirmed'
}

export interface AppendAllOptions {
  /**
   * Id of the import, a UUID. Default: a fresh one, which the progress tells. The ids of its commits are derived from it: the same events in the same
   * order with the same id and `batchSize` are stored once, however often they are appended, and whatever became of the times before.
   */
  id?: string
  /** Most events of one commit, 1 to 1,000. Default 500. A commit also ends before it has more than 256 KiB of JSON. */
  batchSize?: number
  /** As in `append`, for every event. */
  stream?: string
  /** As in `append`, for every event. */
  metadata?: EventMetadata
  /** Told after each commit that is stored. What it throws ends the import. */
  onProgress?: (progress: AppendAllProgress) => void
  /** Ends the import; what is stored stays stored. */
  signal?: AbortSignal
}

export interface AppendAllProgress extends ImportProgress {
  readonly id: string
}

export interface AmendOptions {
  /** Stream of the events that name none themselves. Default: that of the letter's events, when they are all of one. */
  stream?: string
  /** Added to every event's metadata; what the event itself carries wins. */
  metadata?: EventMetadata
}

export interface BackupImportOptions {
  /** Told after each part that is stored. What it throws ends the import. */
  onProgress?: (progress: BackupProgress) => void
  /** Ends the import; what is stored stays stored. */
  signal?: AbortSignal
}

export interface BackupProgress extends ImportProgress {
  /** Commits that were here before. */
  readonly known: number
  /** Events read so far, of about `total`. */
  readonly read: number
  readonly total: number
}

export interface BackupContents {
  readonly commits: number
  readonly events: number
  /** When it was exported, ISO 8601. */
  readonly at: string
  /** The installation that it is of. */
  readonly device: string
}

/** One open store: the page's side of it. */
export interface Larder {
  /**
   * Stores events as one commit: all or none. Resolves only when the transaction that holds them is complete on disk.
   *
   * Always settles. Where nobody knows whether it was stored, it rejects with `timeout` or `worker-crashed`, whose `details.commitId` is the id to
   * append the same again with: it is stored once.
   *
   * @throws LarderError `concurrency`, `storage-full`, `storage-unavailable`, `timeout`, `worker-crashed`, `worker-unavailable`, `closed`, `id-reused`,
   * and what bad input gets: `commit-empty`, `unknown-type`, `validation`, `payload-not-json`, `payload-number`, … (see the table of codes)
   */
  append(events: NewEvent | readonly NewEvent[], options?: AppendOptions): Promise<Receipt>

  /**
   * Stores events that are too many for one commit: in commits of at most `batchSize`, one after the other, each durable before the next is sent.
   *
   * - The events are asked for as they are stored: at most two commits of them are in memory.
   * - It can be done again, with the same `id`, after it failed or the tab died at whatever moment: nothing is stored twice, and nothing is left
   *   out. Events that differ from those of the time before are refused, as `id-reused`.
   * - The page comes to its turn every few milliseconds.
   * - Whatever fails, it rejects with that, and `error.imported` says what is stored all the same: whole commits, from the first on. The source is
   *   told to end (`return()`).
   *
   * @throws LarderError what `append` throws, `source-failed`, `aborted`, `argument`; what `onProgress` throws, as it is. Of an event that is refused,
   * `details.event` is its index among all
   */
  appendAll(
    events: Iterable<NewEvent> | AsyncIterable<NewEvent>,
    options?: AppendAllOptions,
  ): Promise<AppendAllProgress>

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

  /**
   * Events of the log, confirmed then pending; sees every append that was acknowledged before the call, in any tab.
   *
   * - `await larder.events(query)` is one page.
   * - `for await (const event of larder.events(query))` is all of them, up to the end of the log as it is when the loop gets there, each once, though
   *   pending ones are confirmed on the way. Parts of at most 1,000 events (and 4 MiB) are read as the loop asks for them, so a log of
   *   any size fits; leaving the loop ends the reading. It goes on when the worker is replaced.
   *
   * @throws LarderError `argument`, `worker-crashed` (a page only), `timeout`, `closed`; what `filter` throws, as it is
   */
  events<const E extends readonly AnyEventDefinition[]>(
    query?: EventsQuery<E>,
  ): EventsResult<RecordedEvent & EventOf<E[number]>>

  /**
   * Every event once, from history to live: own ones when they are stored, those of other devices when they are confirmed. Each carries the
   * cursor behind it; give the last one as `after` to go on from there, also after a reload. Errors with `cursor-foreign`.
   *
   * @throws LarderError `argument`, at once
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
    /** Sends and asks for nothing until `resume`, in every tab and after a reload too. */
    pause(): Promise<void>
    /** Goes on, whatever it was paused for: told to, signed out, refused. */
    resume(): Promise<void>
  }

  readonly deadLetters: {
    readonly list$: Observable<readonly DeadLetter[]>
    list(): Promise<readonly DeadLetter[]>
    stats(): Promise<DeadLetterStats>
    /** Sends it again as it is: same id, same place. */
    retry(id: string): Promise<void>
    /**
     * Sends other events in its place: a new commit that replaces it for ever. They go to the stream of the letter, unless they, or `options`, name
     * another; where the letter's events are of several streams, to those of their definitions.
     *
     * @throws LarderError `dead-letter-unknown`, and what `append` throws
     */
    amend(id: string, events: NewEvent | readonly NewEvent[], options?: AmendOptions): Promise<Receipt>
    /** Gives it up; it stays as a record, and the server is told. */
    discard(id: string, options?: { reason?: string }): Promise<void>
  }

  /** The log as a file: NDJSON, each line sealed by a checksum. See `docs/backup.md` for what is in it. */
  readonly backup: {
    /**
     * The whole log: what is confirmed, pending, refused and given up, with ids, devices, times and all. Written as the stream is read, a part at a
     * time, so a log of any size fits; the stream can be cancelled. What is in it is of one moment. It is plain text: whoever has the file can read it.
     *
     * The stream errors with `worker-crashed` (export it again), `storage-…`, `closed`.
     */
    export(): ReadableStream<Uint8Array<ArrayBuffer>>
    /**
     * Adds the commits of a backup that are not here yet. Those that are, in whatever place, are passed over: doing it again, after it broke off, goes
     * on where it was. In a store that does not sync they are confirmed in the order of the file, with their ids, devices and times; in one that does
     * they become pending in that order, without what they expected, and the server says what becomes of them. Refused and given up ones stay so.
     *
     * A stream cannot be read twice, so this is not all or nothing: a line is written only if it and all in front of it are what was exported. When the
     * file is altered, or cut off, what stands in front of that place is imported, and `error.imported` says how much. To know first, `check` it.
     *
     * @throws LarderError `backup-invalid` with the line, `backup-too-new`, `source-failed`, `aborted`, `argument`, and what `append` throws when it cannot store
     */
    import(stream: ReadableStream<Uint8Array>, options?: BackupImportOptions): Promise<BackupProgress>
    /**
     * Reads a backup to its end and stores nothing.
     *
     * @throws LarderError as `import`
     */
    check(stream: ReadableStream<Uint8Array>, options?: { signal?: AbortSignal }): Promise<BackupContents>
  }

  readonly health$: Observable<Health>
  /**
   * Asks the browser not to evict this origin's data when the device runs full; answers whether it agreed, `'unknown'` where it does not say, or not
   * within 30 s. Never rejects. Browsers agree more readily for installed apps, some ask the person: call it on a click.
   */
  persist(): Promise<boolean | 'unknown'>

  /**
   * Reads the whole log and checks it: checksums, tables, that nothing is missing in between. Says what is damaged and whether it was replaced by what
   * the server holds; deletes nothing. Takes about a second for 300,000 events, in the worker.
   */
  verify(): Promise<VerifyReport>
  /**
   * Merges small segments and seals all that are full, the newest included, so that the log takes the least space. Larder does the same by itself when it
   * is idle, but leaves the newest events as they are, which are read faster.
   */
  compact(): Promise<CompactReport>

  /**
   * What this tab's engine did since it was opened: counts, and histograms of times, in the shape and with the units of OpenTelemetry. Holds no payload
   * and no id. Counters start anew with every open, and with every worker that takes the place of one that died.
   */
  metrics(): Promise<MetricsReport>

  /** Lets appends that are under way finish, then frees the worker. Never rejects, and ends by its deadline. Later calls reject with `closed`. */
  close(): Promise<void>
}
