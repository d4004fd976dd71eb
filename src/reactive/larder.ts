import type { Observable } from 'rxjs'
import type { Health } from '../engine/health.ts'
import type { CompactReport } from '../engine/maintenance.ts'
import type { SupportBundle } from '../engine/support-bundle.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { AppendOptions } from '../event/prepare-commit.ts'
import type { NewEvent, RecordedEvent } from '../event/recorded-event.ts'
import type { MetricsReport } from '../metrics/metrics.ts'
import type { CommitChange, CommitFate } from '../store/commit-fate.ts'
import type { VerifyReport } from '../store/verify.ts'
import type { AppendAllOptions, AppendAllProgress } from './append-all-options.ts'
import type { EventsQuery, EventsResult, FeedQuery } from './events-query.ts'
import type { LarderAccount } from './larder-account.ts'
import type { LarderAggregates } from './larder-aggregates.ts'
import type { LarderBackup } from './larder-backup.ts'
import type { LarderDeadLetters } from './larder-dead-letters.ts'
import type { LarderHandlers } from './larder-handlers.ts'
import type { LarderSync } from './larder-sync.ts'
import type { LarderViews } from './larder-views.ts'
import type { Receipt } from './receipt.ts'

/** One open store: the page's side of it. */
export interface Larder extends LarderViews, LarderAggregates, LarderHandlers, LarderAccount {
  /**
   * Stores events as one commit: all or none. Resolves only when the transaction that holds them is complete on disk.
   * In IndexedDB that is asked for as `durability: 'strict'`; checkpoints and snapshots, which can be folded again, are `'relaxed'`. There is no option.
   *
   * Always settles. Where nobody knows whether it was stored, it rejects with `timeout`, `worker-crashed` or `storage-unavailable` with
   * `details.outcome` `'unknown'`; `details.commitId` is the id to append the same again with: it is stored once.
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
   * cursor behind it; give the last one as `after` to go on from there, also after a reload. It is of this store: with another
   * one, be it of the same account on another device, it errors with `cursor-foreign`. What lies in a damaged or missing part of the log is left out, also
   * when that is repaired later: `verify()` names the range, and a feed from the beginning has it then.
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

  readonly sync: LarderSync
  readonly deadLetters: LarderDeadLetters
  /** The log as a file: NDJSON, each line sealed by a checksum. See `docs/backup.md` for what is in it. */
  readonly backup: LarderBackup

  readonly health$: Observable<Health>
  /**
   * Asks the browser not to evict this origin's data when the device runs full; answers whether it agreed, `'unknown'` where it does not say, or not
   * within 30 s. Never rejects. Browsers agree more readily for installed apps, some ask the person: call it on a click.
   */
  persist(): Promise<boolean | 'unknown'>

  /**
   * Reads the whole log and checks it: checksums, tables, that nothing is missing in between, nor, in a synced store, at the end. Says what is damaged or
   * missing and whether it was replaced by what the server holds; deletes nothing. In a store that does not sync, nothing tells whether its newest part is
   * lost. Takes about a second for 300,000 events, in the worker; where they are in more than 100,000 streams it takes that for each part of the streams that
   * fits in memory.
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

  /**
   * Everything that whoever supports the app needs to see of how this store stands, in one object of plain JSON: versions, counts, the state of sync and its last
   * failures, dead letters by code, metrics. Redacted: no payload, no token, no message, no id, and no name of an account, a stream or the store. Of a few
   * kilobytes; changes nothing.
   *
   * @throws LarderError `timeout`, `worker-crashed`, `worker-unavailable`, `closed`
   */
  supportBundle(): Promise<SupportBundle>

  /** Lets appends that are under way finish, then frees the worker. Never rejects, and ends by its deadline. Later calls reject with `closed`. */
  close(): Promise<void>
}
