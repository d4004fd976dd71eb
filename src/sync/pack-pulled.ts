import { type PackedEvents, packTexts } from '../event/packed-events.ts'
import type { WireEvent } from './wire.ts'

/** The events of a pulled commit as they are stored. */
export function packPulled(events: readonly WireEvent[]): PackedEvents {
  return packTexts(
    events,
    events.map((event) => JSON.stringify(event)),
  )
}
