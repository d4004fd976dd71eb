import type { DomainEvent, EventMetadata, NewEvent } from './recorded-event.ts'
import type { ReadableIssue, StandardSchema } from './standard-schema.ts'

/** What an event's data is: as it is given to the definition, and as the schema answers it, which is what is stored and read. */
export interface DataTypes {
  readonly input: unknown
  readonly output: unknown
}

/** A definition is also the function that makes the event: `MealLogged({ … })`. It checks nothing; `append` does. */
export interface EventDefinition<T extends string, D extends DataTypes> {
  (data: D['input'], options?: NewEventOptions): NewEvent<T, D['output']>
  readonly type: T
  readonly version: number
  readonly schema: StandardSchema<unknown, D['output']>
  /** A method, not a property: so that a definition of some data is also a definition of any data. */
  streamOf?(data: D['output']): string
  readonly upcasters: ReadonlyMap<number, Upcaster>
}

/** What the engine goes by; every {@link EventDefinition} is one. */
export interface AnyEventDefinition {
  (data: never, options?: NewEventOptions): NewEvent
  readonly type: string
  readonly version: number
  readonly schema: StandardSchema
  streamOf?(data: unknown): string
  readonly upcasters: ReadonlyMap<number, Upcaster>
}

/** The event that a definition makes, whatever its data is given as. */
type Makes<T extends string, D> = (data: never, options?: NewEventOptions) => NewEvent<T, D>

export type EventOf<D> = D extends Makes<infer T, infer Data> ? DomainEvent<T, Data> : never
export type NewEventOf<D> = D extends Makes<infer T, infer Data> ? NewEvent<T, Data> : never

export interface NewEventOptions {
  /** Default: `append`'s `stream` option, then the definition's `stream`. */
  stream?: string
  /**
   * Default: a fresh UUIDv7. What makes an append idempotent is the id of the commit: `append(event, { id })`. Two events of one append with the same
   * id are refused (`id-duplicate`). Whether another commit has an event of this id is not looked up here; a server refuses it, and the commit
   * becomes a dead letter (`event-exists`). A store that does not sync keeps both.
   */
  id?: string
  /** Added to what the append and the domain's middleware set. */
  metadata?: EventMetadata
}

/** An event type that is no more; made by `retireEvent`. */
export interface RetiredEvent<T extends string = string> {
  readonly type: T
  /** The last version that there was; `Infinity` where every version is read as nothing. */
  readonly version: number
  readonly upcasters: ReadonlyMap<number, Upcaster<never>>
}

/**
 * Turns stored data of an older schema version into what it means today; made by `from`. Pure, and total for data that fits its old schema.
 *
 * @typeParam Current what it gives as data of the definition that it stands in; `never`: nothing
 */
export interface Upcaster<out Current = unknown> {
  readonly upcast: (stored: unknown) => UpcastResult
  /** Types of the events that may come out beside. */
  readonly into: ReadonlySet<string>
  /** Says the type, and is never there. */
  readonly '~current'?: Current
}

/** Data for an event of the definition that the upcaster stands in. */
export interface CurrentEvent<out D> {
  readonly type: undefined
  readonly data: D
}

export type UpcastResult =
  | { readonly ok: true; readonly events: readonly (NewEvent | CurrentEvent<unknown>)[] }
  | { readonly ok: false; readonly issues: readonly ReadableIssue[] }

/** What upcasters may answer is checked after them, and not kept: an array that nobody can change does as well. */
export type Loose<T> = T extends string | number | boolean | bigint | symbol | null | undefined
  ? T
  : T extends readonly unknown[]
    ? number extends T['length']
      ? LooseArray<T[number]>
      : { readonly [K in keyof T]: Loose<T[K]> }
    : T extends object
      ? { readonly [K in keyof T]: Loose<T[K]> }
      : T

/** An interface, so that a type that holds itself, such as that of JSON, is not followed without end. */
interface LooseArray<T> extends ReadonlyArray<Loose<T>> {}
