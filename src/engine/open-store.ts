import { Metrics } from '../metrics/metrics.ts'
import { EventStore } from '../store/event-store.ts'
import { Removal } from '../store/removal.ts'
import { StorageWatch } from '../store/storage-watch.ts'
import type { EngineOptions } from './engine-options.ts'

export interface OpenedStore {
  /** With a logger that says once what fails because the storage does. */
  readonly options: EngineOptions
  readonly storage: StorageWatch
  readonly store: EventStore
  readonly metrics: Metrics
}

/** @throws LarderError what {@link EventStore.open} throws */
export async function openStore(given: EngineOptions): Promise<OpenedStore> {
  const storage = new StorageWatch(given.backend, { ...given.platform, place: given.place })
  const platform = { ...given.platform, logger: storage.logger }
  const metrics = new Metrics(() => platform.clock.now())
  const authority = given.sync === undefined ? 'local' : 'server'
  try {
    const removal = new Removal({ ...platform, place: given.place })
    const store = await EventStore.open({ ...platform, backend: storage, authority, meter: metrics, removal })
    return { options: { ...given, platform }, storage, store, metrics }
  } catch (error) {
    storage.stop()
    throw error
  }
}
