import { isDevelopment } from '#environment'
import { argumentError, isLarderError } from '../errors.ts'
import { checkPayload } from './check-payload.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { EventDefinition, Loose, NewEventOptions, Upcaster } from './event-definition.ts'
import type { EventMetadata, NewEvent } from './recorded-event.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts'

export type {
  AnyEventDefinition,
  EventDefinition,
  EventOf,
  NewEventOf,
  NewEventOptions,
} from './event-definition.ts'

export interface EventOptions<S extends StandardSchema> {
  /** Version of the schema, a whole number from 1. Default 1. Raise it with every change of shape, and give an upcaster for the old one. */
  version?: number
  /** Checks the data before anything is written. It has to accept its own output: what it returns is stored, and checked again by the server. */
  schema: S
  /** The stream of an event where neither it nor the append names one: usually the id of the thing that it happened to. */
  stream?: (data: SchemaOutput<S>) => string
  /** What data of an older version means today, by old version: each leads to the current one at once. Pure; see `from`. */
  upcast?: Readonly<Record<number, Upcaster<Loose<SchemaInput<S>>>>>
}

/**
 * Says that this can happen. The type is the event's name for ever: past tense, as people in the field would say it.
 *
 * @throws LarderError `argument` when the type is not a name, or a version is not a whole number from 1
 */
export function defineEvent<const T extends string, S extends StandardSchema>(
  type: T,
  options: EventOptions<S>,
): EventDefinition<T, { input: SchemaInput<S>; output: SchemaOutput<S> }> {
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,127}$/.test(type)) {
    throw argumentError(
      'type',
      `An event type is a name of up to 128 letters, digits, '.', '_' and '-' that starts with a letter; got '${type}'`,
    )
  }
  const version = options.version ?? 1
  checkVersion(type, version)
  const upcasters = upcastersOf(type, options.upcast ?? {})
  for (const old of upcasters.keys()) {
    if (old >= version)
      throw argumentError('upcast', `${type} is at version ${version}: an upcaster from ${old} leads nowhere`)
  }
  const make = (data: SchemaInput<S>, given: NewEventOptions = {}): NewEvent<T, SchemaOutput<S>> =>
    Object.freeze({ ...given, type, version, data: (isDevelopment ? frozen(data) : data) as SchemaOutput<S> })
  return Object.freeze(
    Object.assign(make, {
      type,
      version,
      schema: options.schema as StandardSchema<unknown, SchemaOutput<S>>,
      ...(options.stream === undefined ? {} : { streamOf: options.stream }),
      upcasters,
    }),
  )
}

/** A copy, because what the app made the event of may be the state of a form. What cannot be data of an event is for `append` to refuse. */
function frozen(data: unknown): unknown {
  try {
    return deepFreeze(checkPayload(data, 'data'))
  } catch (error) {
    if (isLarderError(error)) return data
    throw error
  }
}

/** Upcasters by the version that they read. */
export function upcastersOf<Current>(
  type: string,
  given: Readonly<Record<number, Upcaster<Current>>>,
): ReadonlyMap<number, Upcaster<Current>> {
  const upcasters = new Map(Object.entries(given).map(([old, upcaster]) => [Number(old), upcaster]))
  for (const old of upcasters.keys()) checkVersion(type, old)
  return upcasters
}

function checkVersion(type: string, version: number): void {
  if (!Number.isSafeInteger(version) || version < 1)
    throw argumentError('version', `Versions of ${type} are whole numbers from 1; got ${version}`)
}

/** The same event with more metadata; what it had stays, unless named again. */
export function withMetadata<E extends NewEvent>(event: E, metadata: EventMetadata): E {
  return Object.freeze({ ...event, metadata: { ...event.metadata, ...metadata } })
}
