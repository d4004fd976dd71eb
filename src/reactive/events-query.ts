import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { JsonValue } from '../event/json.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'

export interface EventsQuery<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  stream?: string
  /** Default: all types. */
  types?: E
  /** `time` at or after, ISO 8601. */
  from?: string
  /** `time` before, ISO 8601. */
  to?: string
  /**
   * Metadata that an event has to have, such as `{ userId: 'ann' }`. Objects are the same in whatever order their names stand. An event without a
   * `correlationId` has the id of its commit as one; see `correlationOf`.
   */
  where?: Readonly<Record<string, JsonValue>>
  /**
   * Runs on the page, after everything else; gives the events that it answers true for. Make it pure: it may be asked twice. Whatever can be said by
   * `stream`, `types`, `from`, `to` and `where` is quicker said there, where it decides what is read at all.
   */
  filter?: (event: RecordedEvent & EventOf<E[number]>) => boolean
  /** The most events that are given: those that passed the filter. From 1 to 1,000. Default 100 for a page; all where they are iterated over. */
  limit?: number
  /** Default `'forward'`. */
  direction?: 'forward' | 'backward'
  /** Opaque: the `next` of the page before. */
  after?: string
}

export interface FeedQuery<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  /** Default: all types. */
  types?: E
  stream?: string
  /** A cursor, or `'now'` for what comes only. Default: from the first event. */
  after?: string
  /** `'confirmed'`: strict position order, nothing before it is confirmed. Default `'all'`. */
  zone?: 'all' | 'confirmed'
}

export interface EventsPage<E> {
  readonly events: readonly E[]
  /**
   * Give it as `after` for the next page; undefined at the end. This alone says whether there is more, not the number of events: a page ends early
   * when it has 4 MiB, and one with a filter when it has looked at 10,000 events, however few have passed.
   */
  readonly next: string | undefined
}

/** Awaited, one page; iterated over with `for await`, every event, part by part. */
export interface EventsResult<E> extends Promise<EventsPage<E>>, AsyncIterable<E> {}
