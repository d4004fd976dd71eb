import { LarderError } from '../errors.ts'
import type { Fault } from './fold.ts'

export function faultError(projection: string, fault: Fault): LarderError<'projection-faulted'> {
  return new LarderError(
    'projection-faulted',
    `Projection ${projection} stopped at event ${fault.eventId} (${fault.message}): mend its evolve function and raise its version`,
    { details: { projection, eventId: fault.eventId } },
  )
}
