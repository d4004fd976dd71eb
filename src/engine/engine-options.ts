import type { LetterLimits } from '../dead-letter/letter-limits.ts'
import type { Platform, Transport } from '../platform/ports.ts'
import type { CheckpointStorage } from '../projection/checkpoint-storage.ts'
import type { Domain } from '../projection/define-domain.ts'
import type { SnapshotStorage } from '../snapshot/snapshot-storage.ts'
import type { CompactionLimits } from '../store/compaction-plan.ts'
import type { StorageBackend } from '../store/storage-backend.ts'
import type { ReportLetters } from '../sync/letter-reports.ts'
import type { Auth } from '../sync/token-source.ts'
import type { AlertThresholds } from './alerts.ts'

export interface EngineOptions {
  readonly domain: Domain
  readonly platform: Platform
  readonly backend: StorageBackend
  /** Tabs of the same place share storage, channel and lock. */
  readonly place: string
  /** The stores of accounts under the same name; undefined where this is one. */
  readonly accounts?:
    | { readonly open: (account: string) => Promise<StorageBackend>; readonly place: (account: string) => string }
    | undefined
  /** Leave out for a store that does not sync. */
  readonly sync?: { readonly transport: Transport; readonly auth: Auth | undefined } | undefined
  /** How often a retryable refusal is tried by itself. Default 3. */
  readonly maxAttempts?: number
  /** Default: {@link LETTER_LIMITS}. */
  readonly letterLimits?: LetterLimits
  /** What the server is told of dead letters. Default `'codes'`. */
  readonly reportLetters?: ReportLetters
  /** Default: none. */
  readonly alerts?: AlertThresholds
  /** Where projections are kept between two opens. Default: nowhere; they are folded from the log. */
  readonly checkpoints?: CheckpointStorage | undefined
  /** Where states of aggregates are kept between two loads. Default: nowhere; they are folded from their streams. */
  readonly snapshots?: SnapshotStorage | undefined
  /** Default: {@link COMPACTION_LIMITS}. */
  readonly compaction?: CompactionLimits
}
