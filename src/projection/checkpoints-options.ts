import type { Clock, Logger } from '../platform/ports.ts'
import type { LogMark } from '../store/log-mark.ts'
import type { CheckpointStorage } from './checkpoint-storage.ts'
import type { Domain } from './define-domain.ts'
import type { Log } from './left.ts'

export interface CheckpointsOptions {
  readonly storage: CheckpointStorage
  readonly clock: Clock
  readonly logger: Logger
  readonly domain: Pick<Domain, 'catalog' | 'version'>
  /** The log as this tab knows it now. */
  readonly log: () => Log & { readonly head: number }
  /** Whether this log has the mark of a checkpoint where that ends. */
  readonly hasMark: (position: number, mark: LogMark) => Promise<boolean>
}
