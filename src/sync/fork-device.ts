import type { EventStore } from '../store/event-store.ts'
import type { MetaRecord } from '../store/records.ts'
import { type TakeDeviceOptions, takeDevice } from '../store/take-device.ts'

export interface ForkOptions extends TakeDeviceOptions {
  /** Asked in the transaction, of what is stored: false leaves all as it is. */
  readonly mayGoOn: (meta: MetaRecord) => boolean
}

/** A copy of this installation uses its device id: from now on this one has another. What the server has accepted it knows by the commit's id. */
export function forkDevice(store: EventStore, { mayGoOn, ...options }: ForkOptions): Promise<void> {
  return store.transition(async (tx, cache) => {
    if (mayGoOn(cache.meta)) await tx.put('meta', await takeDevice(tx, cache, options))
  })
}
