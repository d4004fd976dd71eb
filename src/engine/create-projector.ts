import { countUnreadable, type Metrics, measureFolds } from '../metrics/metrics.ts'
import { createCheckpoints } from '../projection/create-checkpoints.ts'
import { Projector } from '../projection/projector.ts'
import type { EventStore } from '../store/event-store.ts'
import type { EngineOptions } from './engine-options.ts'

export interface EngineProjectorOptions extends Pick<EngineOptions, 'platform' | 'domain' | 'place' | 'checkpoints'> {
  readonly store: EventStore
  readonly metrics: Metrics
  readonly onUnreadable: () => void
  /** A projection was built anew, and is stored. */
  readonly onStored: (projection: string) => void
}

/** The projections of one tab's engine, counted and timed. */
export function createProjector(options: EngineProjectorOptions): Projector {
  const { platform, domain, place, checkpoints, store, metrics, onUnreadable, onStored } = options
  return new Projector(domain, store, {
    checkpoints: createCheckpoints(checkpoints, store, domain, platform),
    measure: measureFolds(metrics, platform.clock),
    onUnreadable: countUnreadable(metrics, onUnreadable),
    rebuilds: { ...platform, lockName: `larder:rebuild:${place}`, onStored },
  })
}
