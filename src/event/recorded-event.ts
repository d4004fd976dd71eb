import type { JsonObject, JsonValue } from './json.ts'

/** What travels beside the data. The four known names are set by Larder where they are known; an app may add its own. */
export interface EventMetadata extends JsonObject {
  readonly userId?: string
  readonly correlationId?: string
  readonly causationId?: string
}

/** An event as it is stored and sent: immutable, in the schema version in which it was written. */
export interface StoredEvent {
  /** UUIDv7, made before the first attempt to store it; the same everywhere and for ever. */
  readonly id: string
  readonly type: string
  /** Version of the payload's schema. */
  readonly version: number
  readonly stream: string
  /** Device clock, ISO 8601 in UTC with milliseconds. */
  readonly time: string
  readonly data: JsonValue
  readonly metadata: EventMetadata
}

/**
 * What `key`, `evolve` and `decide` see: the event in its current schema version, without what differs between a pending and a confirmed
 * event (position, stream version, receivedAt), so that folding again after confirmation gives the same state.
 */
export interface DomainEvent<T extends string = string, D = unknown> {
  readonly id: string
  readonly type: T
  readonly version: number
  readonly stream: string
  readonly data: D
  readonly time: string
  readonly metadata: EventMetadata
}

/** An event with its place in the log. */
export interface RecordedEvent<T extends string = string, D = unknown> extends DomainEvent<T, D> {
  readonly commitId: string
  /** Place in the authority's order, from 1; undefined while the event is pending. */
  readonly position: number | undefined
  /** Server clock, ISO 8601, once confirmed by a server. */
  readonly receivedAt: string | undefined
}

/** What an app hands to `append`: made by calling an event definition. */
export interface NewEvent<T extends string = string, D = unknown> {
  readonly type: T
  readonly version: number
  readonly data: D
  /** Leave out to use `append`'s `stream` option or, without that, the definition's `stream`. */
  readonly stream?: string
  /** See `NewEventOptions.id`. */
  readonly id?: string
  readonly metadata?: EventMetadata
}
