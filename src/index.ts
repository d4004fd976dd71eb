/** The page's entry. */
export type {
  BusContext,
  BusHandler,
  BusHandlerObject,
  BusHandlerOptions,
  BusMiddleware,
  EventBus,
  EventBusOptions,
  HandlerFailure,
  Published,
} from './bus/event-bus.ts'
export type { CommitLetter, DeadLetter, DeadLetterStats, HandlerLetter } from './dead-letter/dead-letter.ts'
export type { Claimed } from './engine/account-desk.ts'
export type { Alert } from './engine/alerts.ts'
export type { Stall } from './engine/describe-stall.ts'
export type { Health } from './engine/health.ts'
export type { CompactReport } from './engine/maintenance.ts'
export type { PastProblem } from './engine/problem-history.ts'
export type { SupportBundle } from './engine/support-bundle.ts'
export {
  type EventOfError,
  type ImportProgress,
  isLarderError,
  LarderError,
  type LarderErrorCode,
  type LarderErrorDetails,
} from './errors.ts'
export type { AppendOptions } from './event/prepare-commit.ts'
export type { CounterPoint, HistogramPoint, Metric, MetricsReport } from './metrics/metrics.ts'
export type { Progress } from './projection/progress.ts'
export type { UnreadableEvents, UnreadableReason } from './projection/unreadable-events.ts'
export type { AggregateDraft, SaveOptions } from './reactive/aggregate-draft.ts'
export type { AppendAllOptions, AppendAllProgress } from './reactive/append-all-options.ts'
export type { AlertOptions, AttentionOptions, DeadLetterOptions } from './reactive/attention-options.ts'
export { createEventBus } from './reactive/event-bus.ts'
export type { EventsPage, EventsQuery, EventsResult, FeedQuery } from './reactive/events-query.ts'
export type { Larder } from './reactive/larder.ts'
export type { SignedOut, SignOutOptions } from './reactive/larder-account.ts'
export type { AggregateState, CommandsOf, ExecuteOptions } from './reactive/larder-aggregates.ts'
export type { BackupContents, BackupImportOptions, BackupProgress } from './reactive/larder-backup.ts'
export type { AmendOptions, AttemptOutcome, LarderDeadLetters } from './reactive/larder-dead-letters.ts'
export type {
  DurableHandler,
  HandleContext,
  HandledEventOf,
  HandleOptions,
  HandlerObject,
} from './reactive/larder-handlers.ts'
export type { Moment, ViewOptions, ViewState } from './reactive/larder-views.ts'
export { type LarderOptions, openLarder, type SyncLarderOptions } from './reactive/open-larder.ts'
export type { Receipt } from './reactive/receipt.ts'
export type { CommitChange, CommitFate } from './store/commit-fate.ts'
export type { DamagedRecord, VerifyReport } from './store/verify.ts'
export type { SyncStatus } from './sync/sync-status.ts'
