import { argumentError } from '../errors.ts'
import type { DomainEvent, EventMetadata, NewEvent } from './recorded-event.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts'
import type { Upcaster } from './upcaster.ts'

/** A definition is also the function that makes the event: `MealLogged({ … })`. It checks nothing; `append` does. */
export interface EventDefinition<T extends string = string, Input = never, Output = unknown> {
  (data: Input, options?: NewEventOptions): NewEvent<T, Output>
  readonly type: T
  readonly version: number
  readonly schema: StandardSchema<unknown, Output>
  /** A method, not a property: so that a definition of some data is also a definition of any data. */
  streamOf?(data: Output): string
  readonly upcasters: ReadonlyMap<number, Upcaster>
}

export type AnyEventDefinition = EventDefinition<string, never, unknown>
export type EventOf<D> = D extends EventDefinition<infer T, never, infer Output> ? DomainEvent<T, Output> : never
export type NewEventOf<D> = D extends EventDefinition<infer T, never, infer Output> ? NewEvent<T, Output> : never

export interface NewEventOptions {
  /** Default: `append`'s `stream` option, then the definition's `stream`. */
  stream?: string
  /** Default: a fresh UUIDv7. What makes an append idempotent is the id of the commit: `append(event, { id })`. */
  id?: string
  /** Added to what the domain's middleware sets. */
  metadata?: EventMetadata
}

export interface EventOptions<S extends StandardSchema> {
  /** Version of the schema, a whole number from 1. Default 1. Raise it with every change of shape, and give an upcaster for the old one. */
  version?: number
  /** Checks the data before anything is written. It has to accept its own output: what it returns is stored, and checked again by the server. */
  schema: S
  /** The stream of an event where neither it nor the append names one: usually the id of the thing that it happened to. */
  stream?: (data: SchemaOutput<S>) => string
  /** How a payload of an older version becomes the current one, by old version. Pure; see {@link from}. */
  upcast?: Readonly<Record<number, Upcaster>>
}

/**
 * Says that this can happen. The type is the event's name for ever: past tense, as people in the field would say it.
 *
 * @throws LarderError `argument` when the type is not a name, or a version is not a whole number from 1
 */
export function defineEvent<const T extends string, S extends StandardSchema>(
  type: T,
  options: EventOptions<S>,
): EventDefinition<T, SchemaInput<S>, SchemaOutput<S>> {
  if (!/^[A-Za-z][A-Za-z0-9._-]{0,127}$/.test(type)) {
    throw argumentError(
      'type',
      `An event type is a name of up to 128 letters, digits, '.', '_' and '-' that starts with a letter; got '${type}'`,
    )
  }
  const version = options.version ?? 1
  const upcasters = new Map(Object.entries(options.upcast ?? {}).map(([old, upcaster]) => [Number(old), upcaster]))
  for (const each of [version, ...upcasters.keys()]) {
    if (!Number.isSafeInteger(each) || each < 1)
      throw argumentError('version', `Versions of ${type} are whole numbers from 1; got ${each}`)
  }
  for (const old of upcasters.keys()) {
    if (old >= version)
      throw argumentError('upcast', `${type} is at version ${version}: an upcaster from ${old} leads nowhere`)
  }
  const make = (data: SchemaInput<S>, given: NewEventOptions = {}): NewEvent<T, SchemaOutput<S>> =>
    Object.freeze({ ...given, type, version, data: data as SchemaOutput<S> })
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

/** The same event with more metadata; what it had stays, unless named again. */
export function withMetadata<E extends NewEvent>(event: E, metadata: EventMetadata): E {
  return Object.freeze({ ...event, metadata: { ...event.metadata, ...metadata } })
}
