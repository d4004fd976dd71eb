import { LarderError } from '../errors.ts'
import type { DomainEvent } from '../event/recorded-event.ts'
import type { AnyAggregate } from './define-aggregate.ts'

/**
 * The state after an event. One of another type leaves it as it is: an upcaster may lead to types of several aggregates.
 *
 * @throws LarderError `aggregate-faulted` when evolve throws
 */
export function evolveAggregate(aggregate: AnyAggregate, state: unknown, event: DomainEvent): unknown {
  if (!aggregate.types.has(event.type)) return state
  try {
    return aggregate.evolveState(state, event)
  } catch (cause) {
    const { name } = aggregate
    throw new LarderError(
      'aggregate-faulted',
      `Aggregate ${name} could not fold ${event.type} ${event.id}: mend its evolve function. Nothing was stored`,
      { cause, details: { aggregate: name, stream: event.stream, eventId: event.id } },
    )
  }
}
