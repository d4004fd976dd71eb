/**
 * The contract between a page and the engine, wherever that runs. Calls go one way and answer an envelope; notifications come the other way,
 * all of them through one channel.
 */
import type { DeadLetter } from '../dead-letter/dead-letter.ts'
import type { LetterLimits } from '../dead-letter/letter-limits.ts'
import type { Claimed } from '../engine/account-desk.ts'
import type { Executed, ExecuteRequest } from '../engine/aggregate-desk.ts'
import type { AlertThresholds } from '../engine/alerts.ts'
import type { EventsRequest } from '../engine/events-page.ts'
import type { LettersPart } from '../engine/export-letters.ts'
import type { EngineHealth, Health } from '../engine/health.ts'
import type { BackupImported, BackupLines } from '../engine/import-backup.ts'
import type { LoadedAggregate } from '../engine/load-aggregate.ts'
import type { CompactReport } from '../engine/maintenance.ts'
import type { EventsAnswer } from '../engine/read-events.ts'
import type { FeedBatch, FeedRequest } from '../engine/read-feed.ts'
import type { EngineSupport } from '../engine/support-bundle.ts'
import type { ViewSpec, ViewUpdate } from '../engine/view-hub.ts'
import type { StorableCommit } from '../event/prepare-commit.ts'
import type { HandlerJob, HandlerOutcome, HandlerSpec } from '../handler/handler-spec.ts'
import type { MetricsReport } from '../metrics/metrics.ts'
import type { Progress } from '../projection/progress.ts'
import type { Layer } from '../projection/projection-states.ts'
import type { Moment } from '../projection/state-at.ts'
import type { Stored } from '../store/append-transaction.ts'
import type { CommitChange, CommitFate } from '../store/commit-fate.ts'
import type { Unsynced } from '../store/unsynced.ts'
import type { VerifyReport } from '../store/verify.ts'
import type { ReportLetters } from '../sync/letter-reports.ts'
import type { SyncStatus } from '../sync/sync-status.ts'
import type { AppendBatch } from './append-batch.ts'
import type { Envelope, WireError } from './wire-error.ts'

/** Raised with every change of the contract: a page and a worker of different builds must not talk past each other. */
export const WORKER_PROTOCOL = 4

export interface OpenRequest {
  readonly protocol: number
  readonly domainVersion: string
  readonly name: string
  readonly account: string | undefined
  readonly syncUrl: string | undefined
  /** Whether the page has an `auth` function to ask. */
  readonly hasAuth: boolean
  readonly maxAttempts: number | undefined
  /** Default: the engine's. */
  readonly letterLimits?: LetterLimits
  readonly alerts?: AlertThresholds
  /** Default: the engine's. */
  readonly reportLetters?: ReportLetters
  readonly fallback: 'memory' | undefined
}

export interface Opened {
  readonly protocol: number
  readonly device: string
  readonly mode: Health['storage']['mode']
}

export interface WorkerApi {
  open(request: OpenRequest): Promise<Envelope<Opened>>
  /** Answers at once: whether the worker comes round to answer at all. */
  ping(): Promise<Envelope<void>>
  append(commit: StorableCommit, lookUp: boolean): Promise<Envelope<Stored>>
  /** The same for several, each with its own answer, when all are settled. */
  appendBatch(batch: AppendBatch): Promise<Envelope<readonly Envelope<Stored>[]>>
  /** Undefined: the command made nothing. */
  execute(request: ExecuteRequest): Promise<Envelope<Executed | undefined>>
  loadAggregate(aggregate: string, id: string): Promise<Envelope<LoadedAggregate>>
  get(projection: string, key: string, layer: Layer): Promise<Envelope<unknown>>
  stateAt(projection: string, key: string, moment: Moment): Promise<Envelope<unknown>>
  rebuild(projection: string): Promise<Envelope<void>>
  events(request: EventsRequest): Promise<Envelope<EventsAnswer>>
  /** Waits for the next events of a feed, at most `waitMs`. `id` is for {@link stopFeed}. */
  nextOfFeed(id: number, request: FeedRequest, waitMs: number): Promise<Envelope<FeedBatch>>
  stopFeed(id: number): Promise<Envelope<void>>
  /** Of the commit; where it was replaced, of what is in its place by now. */
  fateOf(commitId: string): Promise<Envelope<CommitPlace>>
  subscribe(id: number, subscription: Subscription): Promise<Envelope<void>>
  unsubscribe(id: number): Promise<Envelope<void>>
  retryDeadLetter(id: string): Promise<Envelope<void>>
  amendDeadLetter(id: string, commit: StorableCommit): Promise<Envelope<Stored>>
  discardDeadLetter(id: string, reason: string): Promise<Envelope<void>>
  /** Answers how many there were. */
  retryReadyDeadLetters(): Promise<Envelope<number>>
  findDeadLetter(id: string): Promise<Envelope<DeadLetter>>
  /** Undefined where it is of several, or not there. */
  streamOfDeadLetter(id: string): Promise<Envelope<string | undefined>>
  settleDeadLetter(id: string, outcome: 'done' | 'failed'): Promise<Envelope<void>>
  /** A part of all that was refused, as lines; `place` is the `next` of the part before. */
  exportDeadLetters(place: LettersPart['next']): Promise<Envelope<LettersPart>>
  verify(): Promise<Envelope<VerifyReport>>
  compact(): Promise<Envelope<CompactReport>>
  metrics(): Promise<Envelope<MetricsReport>>
  supportBundle(): Promise<Envelope<EngineSupport>>
  syncNow(): Promise<Envelope<void>>
  syncPause(): Promise<Envelope<void>>
  syncResume(): Promise<Envelope<void>>
  /** The next part of a backup that the page calls `id`; undefined at the end. Part 0 begins it. */
  readBackup(id: number, part: number, scope?: 'all' | 'unsynced'): Promise<Envelope<string | undefined>>
  endBackup(id: number): Promise<Envelope<void>>
  importBackup(lines: BackupLines): Promise<Envelope<BackupImported>>
  unsynced(): Promise<Envelope<Unsynced>>
  claim(account: string): Promise<Envelope<Claimed>>
  /** Empties the store, and closes it in the other tabs. */
  destroy(mayLose: 'nothing' | 'everything' | { readonly asOf: string }): Promise<Envelope<void>>
  /** Answers an `auth` notification. */
  answerAuth(id: number, answer: { token: string | undefined } | { error: WireError }): Promise<Envelope<void>>
  /** Answers a `lock` notification, when the page holds it and again should it be taken away. */
  answerLock(id: number, is: 'held' | 'lost'): Promise<Envelope<void>>
  /** Resolves when the place from which it handles is stored. `id` is whatever the page calls the handler. */
  registerHandler(id: number, spec: HandlerSpec): Promise<Envelope<void>>
  /** Resolves when what it has done is stored. */
  unregisterHandler(id: number): Promise<Envelope<void>>
  /** Answers a `handle` notification. */
  answerHandler(run: number, outcome: HandlerOutcome): Promise<Envelope<void>>
  /** What the worker cannot see by itself. */
  lifecycle(event: Lifecycle): Promise<Envelope<void>>
  close(): Promise<Envelope<void>>
}

export type Lifecycle = 'visible' | 'hidden' | 'freeze' | 'resume' | 'pageshow' | 'pagehide' | 'online'
/** A commit, and where it lies. */
export interface CommitPlace {
  readonly id: string
  readonly where: CommitWhere
}

export type CommitWhere = 'confirmed' | 'pending' | 'rejected' | 'discarded' | 'replaced' | 'unknown'

export type Subscription =
  | { readonly to: 'view'; readonly view: ViewSpec }
  /** Told once, behind the views that show it. */
  | { readonly to: 'processed'; readonly projection: string; readonly commit: string }
  | { readonly to: 'progress'; readonly projection: string }
  | { readonly to: 'commits' }
  | { readonly to: 'changes' }
  | { readonly to: 'sync' }
  | { readonly to: 'dead-letters' }
  | { readonly to: 'health' }

/** What each subscription is told. */
export interface Told {
  readonly view: ViewUpdate
  readonly processed: Envelope<void>
  readonly progress: Progress | undefined
  readonly commits: readonly (readonly [eventId: string, fate: CommitFate])[]
  readonly changes: CommitChange
  readonly sync: SyncStatus
  readonly 'dead-letters': readonly DeadLetter[]
  readonly health: EngineHealth
}

export type Notification =
  | { readonly kind: 'told'; readonly id: number; readonly payload: Told[keyof Told] }
  /** The page is asked for a token; it answers with `answerAuth`. */
  | { readonly kind: 'auth'; readonly id: number }
  /** The page is asked to hold a lock until it is told `unlock`; it answers with `answerLock`. */
  | { readonly kind: 'lock'; readonly id: number; readonly name: string }
  | { readonly kind: 'unlock'; readonly id: number }
  /** The page is asked to run a handler's function; it answers with `answerHandler`, unless it is told `unhandle` before. */
  | { readonly kind: 'handle'; readonly handler: number; readonly run: number; readonly job: HandlerJob }
  | { readonly kind: 'unhandle'; readonly run: number }
