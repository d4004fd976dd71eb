import { argumentError, LarderError } from '../errors.ts'
import type { AnyEventDefinition } from '../event/define-event.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import { showValue } from '../event/show-value.ts'
import type { BusContext, BusHandlerObject, BusHandlerOptions } from './event-bus.ts'

/** @throws LarderError `argument` */
export function checkConcurrency(given: unknown): number {
  if (given === undefined || given === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 1) return given
  throw argumentError('concurrency', `concurrency is a whole number from 1, or Infinity; got ${showValue(given)}`)
}

/** @throws LarderError `argument` */
export function checkTimeout(given: unknown): number | undefined {
  if (given === undefined || given === Number.POSITIVE_INFINITY) return undefined
  if (typeof given === 'number' && given > 0) return given
  throw argumentError('timeoutMs', `timeoutMs is a number of ms above 0; got ${showValue(given)}`)
}

/** @throws LarderError `argument` */
export function checkEvent(given: unknown): asserts given is NewEvent {
  if (typeof given === 'object' && given !== null && 'type' in given && typeof given.type === 'string') return
  throw argumentError('event', `An event is made by calling its definition; got ${showValue(given)}`)
}

/** @throws LarderError `argument` */
export function checkFunction(argument: string, given: unknown): void {
  if (typeof given !== 'function') throw argumentError(argument, `${argument} is a function; got ${showValue(given)}`)
}

/**
 * The names of these event types.
 *
 * @throws LarderError `argument`
 */
export function typesOf(given: unknown): ReadonlySet<string> {
  const types: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (types.length > 0 && types.every(isDefinition)) return new Set(types.map(({ type }) => type))
  throw argumentError('types', 'types is an event definition, such as MealLogged, or an array of at least one')
}

function isDefinition(given: unknown): given is AnyEventDefinition {
  return typeof given === 'function' && 'type' in given && typeof given.type === 'string'
}

export function optionsOf(given: unknown): BusHandlerOptions {
  if (given === undefined) return {}
  if (typeof given === 'object' && given !== null) return given
  throw argumentError('options', `options is an object, or left out; got ${showValue(given)}`)
}

export function isHandler(given: unknown): given is (event: NewEvent, context: BusContext) => unknown {
  return typeof given === 'function'
}

/** Whether it has what a handler that is an object has; what its function takes is the caller's to know. */
export function isHandlerObject<H extends object = BusHandlerObject & object>(given: unknown): given is H {
  return (
    typeof given === 'object' &&
    given !== null &&
    'eventTypes' in given &&
    'handle' in given &&
    typeof given.handle === 'function'
  )
}

export function closedError(): LarderError<'closed'> {
  return new LarderError('closed', 'This bus is closed: nothing is published through it any more', {})
}
