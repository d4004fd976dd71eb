import { createEventBus as createPureEventBus } from '../bus/create-event-bus.ts'
import type { EventBus, EventBusOptions } from '../bus/event-bus.ts'
import { systemClock } from '../platform/system-clock.ts'

/**
 * A bus of its own, without any storage. `larder.bus` is one that belongs to a store.
 *
 * @throws LarderError `argument`
 */
export function createEventBus(options: EventBusOptions = {}): EventBus {
  return createPureEventBus({ ...options, clock: systemClock })
}
