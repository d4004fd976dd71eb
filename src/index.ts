/** The page's entry. */
export type { DeadLetter, DeadLetterStats } from './dead-letter/dead-letter.ts'
export type { Health } from './engine/health.ts'
export type { CompactReport } from './engine/maintenance.ts'
export {
  type ImportProgress,
  isLarderError,
  LarderError,
  type LarderErrorCode,
  type LarderErrorDetails,
} from './errors.ts'
export type { AppendOptions } from './event/prepare-commit.ts'
export type { CounterPoint, HistogramPoint, Metric, MetricsReport } from './metrics/metrics.ts'
export type {
  AmendOptions,
  AppendAllOptions,
  AppendAllProgress,
  BackupContents,
  BackupImportOptions,
  BackupProgress,
  EventsPage,
  EventsQuery,
  EventsResult,
  FeedQuery,
  Larder,
  Receipt,
  ViewOptions,
  ViewState,
} from './reactive/larder.ts'
export { type LarderOptions, openLarder, type SyncLarderOptions } from './reactive/open-larder.ts'
export type { CommitChange, CommitFate } from './store/commit-fate.ts'
export type { DamagedRecord, VerifyReport } from './store/verify.ts'
export type { SyncStatus } from './sync/sync-status.ts'
