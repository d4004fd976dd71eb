import { LarderError } from '../errors.ts'
import { checkPayload } from './check-payload.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { EventMetadata } from './recorded-event.ts'
import { showValue } from './show-value.ts'

const TEXTS = ['userId', 'correlationId', 'causationId'] as const

/**
 * Checks metadata before it is merged: merging would turn a Map into nothing, and run getters.
 *
 * @param type of the event that has it; `append` where it is of all its events
 * @param event index within the append
 * @throws LarderError what {@link checkPayload} throws, and `validation` where a known name is not text
 */
export function checkMetadata(given: unknown, type: string, event: number | undefined): EventMetadata {
  if (given === undefined || given === null) return {}
  const metadata = checkPayload(given, 'metadata')
  if (!isObject(metadata)) {
    const kind = Array.isArray(metadata) ? 'an array' : showValue(metadata)
    throw new LarderError('payload-not-json', `metadata is ${kind}; it is an object with a name for everything`, {
      details: { path: 'metadata', kind },
    })
  }
  const issues = TEXTS.filter((name) => metadata[name] !== undefined && typeof metadata[name] !== 'string').map(
    (name) => ({ path: `metadata.${name}`, message: 'has to be text' }),
  )
  const [first] = issues
  if (first === undefined) return metadata as EventMetadata
  throw new LarderError('validation', `${type}: ${first.path} ${first.message}`, { details: { type, event, issues } })
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
