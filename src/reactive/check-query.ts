import { argumentError, isLarderError } from '../errors.ts'
import { checkPayload } from '../event/check-payload.ts'
import type { AnyEventDefinition } from '../event/define-event.ts'
import type { JsonValue } from '../event/json.ts'
import { showValue } from '../event/show-value.ts'
import { checkObject } from './check-options.ts'
import type { EventsQuery, FeedQuery } from './events-query.ts'

/**
 * A query that is wrong must not be read as one that asks for more.
 *
 * @throws LarderError `argument`
 */
export function checkEventsQuery(query: EventsQuery): void {
  checkWhich(query)
  const { filter, direction } = query
  if (filter !== undefined && typeof filter !== 'function')
    throw argumentError('filter', `filter is a function, or left out; got ${showValue(filter)}`)
  checkOneOf('direction', direction, ['forward', 'backward'])
}

/** @throws LarderError `argument` */
export function checkFeedQuery(query: FeedQuery): void {
  checkWhich(query)
  checkOneOf('zone', query.zone, ['all', 'confirmed'])
}

/**
 * Metadata to look for, as plain JSON.
 *
 * @throws LarderError `argument`
 */
export function metadataOf(where: unknown): Readonly<Record<string, JsonValue>> | undefined {
  if (where === undefined) return undefined
  const checked = withoutGaps(where)
  if (isRecord(checked)) return checked
  throw argumentError('where', `where is an object of metadata, or left out; got ${showValue(where)}`)
}

/** @throws LarderError `argument` */
export function timeOf(argument: string, text: unknown): number | undefined {
  if (text === undefined) return undefined
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) throw argumentError(argument, `${argument} is a time in ISO 8601; got ${showValue(text)}`)
  return time
}

function checkWhich(query: FeedQuery): void {
  checkObject('query', query)
  const { stream, after, types } = query
  checkText('stream', stream)
  checkText('after', after)
  if (types !== undefined && !(Array.isArray(types) && types.every(isDefinition)))
    throw argumentError('types', 'types is an array of event definitions, such as [MealLogged], or left out')
}

function checkText(argument: string, given: unknown): void {
  if (given === undefined || typeof given === 'string') return
  throw argumentError(argument, `${argument} is text, or left out; got ${showValue(given)}`)
}

function checkOneOf(argument: string, given: unknown, known: readonly string[]): void {
  if (given === undefined || known.some((each) => each === given)) return
  throw argumentError(argument, `${argument} is '${known.join("' or '")}', or left out; got ${showValue(given)}`)
}

function isDefinition(given: unknown): given is AnyEventDefinition {
  return typeof given === 'function' && 'type' in given && typeof given.type === 'string'
}

/** What is undefined would be left out, and then every event would have it. */
function withoutGaps(where: unknown): JsonValue {
  try {
    const checked = checkPayload(where, 'where')
    if (hasGap(where)) throw argumentError('where', 'where has a value that is undefined: leave its name out')
    return checked
  } catch (error) {
    if (isLarderError(error) && !isLarderError(error, 'argument')) throw argumentError('where', error.message)
    throw error
  }
}

/** Of what has no cycles. */
function hasGap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === undefined
  return Object.values(value).some(hasGap)
}

function isRecord(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
