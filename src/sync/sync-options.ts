import type { Meter } from '../metrics/instruments.ts'
import type { Clock, Connectivity, Ids, Locks, Logger, Random, Transport } from '../platform/ports.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StorageWatch } from '../store/storage-watch.ts'
import type { ReportLetters } from './letter-reports.ts'
import type { Auth, OtherTabs } from './token-source.ts'

export interface SyncOptions {
  readonly store: EventStore
  /** Default: it can always be tried. */
  readonly storage?: Pick<StorageWatch, 'whenReady'>
  readonly transport: Transport
  /** Undefined where the server needs no token. */
  readonly auth: Auth | undefined
  /** Asked for a token where the app of this tab has none. Default: nobody. */
  readonly otherTabs?: OtherTabs
  readonly clock: Clock
  readonly ids: Ids
  readonly random: Random
  readonly locks: Locks
  readonly lockName: string
  readonly connectivity: Connectivity
  readonly logger: Logger
  readonly meter: Meter
  readonly domain: string
  readonly maxAttempts: number
  /** Default `'codes'`. */
  readonly reportLetters?: ReportLetters
  readonly onChanges: (changes: readonly CommitChange[]) => void
  /** State or leadership changed. */
  readonly onState: () => void
}
