import type { EventStore } from '../store/event-store.ts'
import { hasMark, type LogMark } from '../store/log-mark.ts'
import type { CheckpointStorage } from './checkpoint-storage.ts'
import { Checkpoints } from './checkpoints.ts'
import type { CheckpointsOptions } from './checkpoints-options.ts'

/** Of the projections over a store; undefined where there is no place for them. */
export function createCheckpoints(
  storage: CheckpointStorage | undefined,
  store: EventStore,
  domain: CheckpointsOptions['domain'],
  { clock, logger }: Pick<CheckpointsOptions, 'clock' | 'logger'>,
): Checkpoints | undefined {
  if (storage === undefined) return undefined
  const log = () => {
    const { meta, head } = store.known
    return { device: meta.device, authority: meta.authority, repairs: meta.repairs ?? 0, head }
  }
  const marked = (position: number, mark: LogMark) => hasMark(store, position, mark)
  return new Checkpoints({ storage, clock, logger, domain, log, hasMark: marked })
}
