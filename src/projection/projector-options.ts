import type { Checkpoints } from './checkpoints.ts'
import type { Measure } from './live.ts'
import type { RebuilderOptions } from './rebuilder.ts'
import type { UnreadableReason } from './unreadable-events.ts'

/** Which states may have changed; `'all'` after a rebuild. */
export type Touched = ReadonlySet<string> | 'all'
export type TouchedListener = (projection: string, touched: Touched) => void

export interface ProjectorOptions {
  /** Without them, every projection is folded from the beginning. */
  readonly checkpoints?: Checkpoints | undefined
  readonly measure?: Measure
  /** Confirmed events could not be read, and were passed over. */
  readonly onUnreadable?: (projection: string, counts: ReadonlyMap<UnreadableReason, number>) => void
  /** Without it, nothing can be rebuilt. */
  readonly rebuilds?: Pick<RebuilderOptions, 'locks' | 'lockName' | 'onStored' | 'clock' | 'logger'> | undefined
}
