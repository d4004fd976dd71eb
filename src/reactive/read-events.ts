import type { Client } from '../client/client.ts'
import type { EventsRequest } from '../engine/events-page.ts'
import { argumentError, isLarderError } from '../errors.ts'
import { deepFreeze } from '../event/deep-freeze.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'
import { checkEventsQuery, metadataOf, timeOf } from './check-query.ts'
import type { EventsPage, EventsQuery, EventsResult } from './events-query.ts'

const MAX_LIMIT = 1000
const DEFAULT_LIMIT = 100
/** Most of what is read at once, in UTF-16 units of JSON; a commit is not cut for it. */
const MAX_UNITS = 4 * 1024 * 1024
/** What is read at once where events are filtered or iterated over: whichever comes first. */
const PART = { limit: MAX_LIMIT, maxUnits: MAX_UNITS } as const
/** A page ends with the part in which it has looked at this many. */
const MAX_LOOKED_AT = 10_000

type Found<E extends readonly AnyEventDefinition[]> = RecordedEvent & EventOf<E[number]>
/** What a query asks for, but for its place and size. */
type Asked = Omit<EventsRequest, 'limit' | 'maxUnits' | 'after'>

/**
 * A promise of the first page that can be iterated over too, as in the clients of Stripe and others: one name for "the events that …", however
 * many are wanted. The promise is a real one, and the iteration begins with its page.
 */
export function readEvents<E extends readonly AnyEventDefinition[]>(
  client: Client,
  query: EventsQuery<E>,
): EventsResult<Found<E>> {
  const reader = new EventsReader(client, query)
  const page = reader.page()
  return Object.assign(page, { [Symbol.asyncIterator]: () => reader.iterate(page) })
}

class EventsReader<E extends readonly AnyEventDefinition[]> {
  readonly #client: Client
  readonly #query: EventsQuery<E>

  constructor(client: Client, query: EventsQuery<E>) {
    this.#client = client
    this.#query = query
  }

  async page(): Promise<EventsPage<Found<E>>> {
    checkEventsQuery(this.#query)
    const { filter, after, limit = DEFAULT_LIMIT } = this.#query
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT)
      throw argumentError('limit', `limit is a whole number from 1 to ${MAX_LIMIT}; got ${limit}`)
    const asked = askedBy(this.#query)
    if (filter === undefined) return this.#read({ ...asked, limit, after, maxUnits: MAX_UNITS })
    const events: Found<E>[] = []
    let next = after
    for (let lookedAt = 0; lookedAt < MAX_LOOKED_AT; ) {
      const part = await this.#filtered(asked, next, limit - events.length)
      events.push(...part.events)
      next = part.next
      lookedAt += part.lookedAt
      if (next === undefined || events.length >= limit) break
    }
    return { events, next }
  }

  async *iterate(first: Promise<EventsPage<Found<E>>>): AsyncGenerator<Found<E>, void, undefined> {
    const { filter = () => true, limit = Number.POSITIVE_INFINITY } = this.#query
    // Several loops may share the page; whoever meets a dead worker in it reads it again.
    let { events, next } = await first.catch((error: unknown) => this.#again(error, () => this.page()))
    const asked = askedBy(this.#query)
    let given = 0
    for (;;) {
      for (const event of events) {
        yield event
        if (++given >= limit) return
      }
      if (next === undefined) return
      const after: string = next
      const part = await this.#surely(() => this.#read({ ...asked, ...PART, after }))
      events = part.events.filter(filter)
      next = part.next
    }
  }

  /**
   * The events of one part that pass, at most `room`. A part with more is read again up to the last of them, so that its cursor is right behind it:
   * the log may have moved in between, and only a cursor says where a reader stands.
   */
  async #filtered(asked: Asked, after: string | undefined, room: number) {
    const { filter = () => true } = this.#query
    let { limit }: { limit: number } = PART
    for (;;) {
      const { events, next } = await this.#read({ ...asked, ...PART, limit, after })
      const passed = events.flatMap((event, index) => (filter(event) ? [{ event, index }] : []))
      const last = passed[room - 1]
      if (passed.length <= room || last === undefined || last.index + 1 >= limit)
        return { events: passed.map(({ event }) => event), next, lookedAt: Math.max(events.length, 1) }
      limit = last.index + 1
    }
  }

  async #read(request: EventsRequest): Promise<EventsPage<Found<E>>> {
    // The engine reads them with the definitions that `E` is made of.
    const page = (await this.#client.call((api) => api.events(request), { repeats: true })) as EventsPage<Found<E>>
    return this.#client.domain.development ? deepFreeze(page) : page
  }

  /** Reading changes nothing, so the next worker is asked again. The client says when there will be none any more. */
  async #surely<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error: unknown) => this.#again(error, work))
  }

  #again<T>(error: unknown, work: () => Promise<T>): Promise<T> {
    if (!isLarderError(error, 'worker-crashed')) throw error
    return this.#surely(work)
  }
}

function askedBy<E extends readonly AnyEventDefinition[]>(query: EventsQuery<E>): Asked {
  return {
    stream: query.stream,
    types: query.types?.map(({ type }) => type),
    from: timeOf('from', query.from),
    to: timeOf('to', query.to),
    where: metadataOf(query.where),
    direction: query.direction ?? 'forward',
  }
}
