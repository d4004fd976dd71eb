import type { EventCatalog } from '../event/catalog.ts'
import { correlationOf } from '../event/causation.ts'
import { isSameData } from '../event/check-payload.ts'
import type { JsonValue } from '../event/json.ts'
import type { PackedEvents } from '../event/packed-events.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'
import type { ConfirmedSegment } from '../store/records.ts'
import type { SizedEvent } from '../store/segment.ts'

export interface EventsRequest {
  readonly stream: string | undefined
  readonly types: readonly string[] | undefined
  /** ms since 1970, inclusive. */
  readonly from: number | undefined
  /** ms since 1970, exclusive. */
  readonly to: number | undefined
  /** Metadata that an event has to have, by name. */
  readonly where: Readonly<Record<string, JsonValue>> | undefined
  readonly limit: number
  /** The page ends after the commit with which it has this much, in UTF-16 units of JSON. Default: only `limit` ends it. */
  readonly maxUnits?: number
  readonly direction: 'forward' | 'backward'
  readonly after: string | undefined
}

/** A commit of which some events were given. */
export interface PartOfCommit {
  readonly id: string
  /** How many, from the end at which the page reads. */
  readonly count: number
  /** Of the next stored event, how many of those that it is read as today. Left out: none. */
  readonly part?: number
}

/** One page as it fills: takes the events that are asked for, until there are enough. */
export class EventsPage {
  readonly events: RecordedEvent[] = []
  readonly #catalog: EventCatalog
  readonly #request: EventsRequest
  readonly #types: ReadonlySet<string> | undefined
  /** The stored types that may be read as one of those. */
  readonly #sources: ReadonlySet<string> | undefined
  #begun: PartOfCommit | undefined
  #full = false
  /** Of JSON, of the events that were taken. */
  #units = 0

  /** @param begun the commit that the page before ended in */
  constructor(catalog: EventCatalog, request: EventsRequest, begun: PartOfCommit | undefined) {
    this.#catalog = catalog
    this.#request = request
    this.#types = request.types && new Set(request.types)
    this.#sources = this.#types && catalog.sourcesOf(this.#types)
    this.#begun = begun
  }

  /** An event was asked for that has no room any more: there is a next page. */
  get isFull(): boolean {
    return this.#full
  }

  /** As much again as it holds would not fill it. */
  get isHalfEmpty(): boolean {
    const { limit, maxUnits = Number.POSITIVE_INFINITY } = this.#request
    return this.events.length * 2 < limit && this.#units * 2 < maxUnits
  }

  /** The commit that this page ends in. */
  get begun(): PartOfCommit | undefined {
    return this.#begun
  }

  mayHold({ events }: Pick<ConfirmedSegment, 'events'>): boolean {
    const { from, to, stream } = this.#request
    if (from !== undefined && events.maxTime < from) return false
    if (to !== undefined && events.minTime >= to) return false
    if (stream !== undefined && !events.streams.includes(stream)) return false
    return this.#sources === undefined || events.types.some((type) => this.#sources?.has(type))
  }

  /** Whether an event of a run may be asked for, by what its table of contents says. */
  mayWant(events: PackedEvents): (index: number) => boolean {
    const { stream } = this.#request
    const ofStream = stream === undefined ? undefined : events.streams.indexOf(stream)
    const ofTypes = this.#sources && events.types.map((type) => this.#sources?.has(type) === true)
    return (index) =>
      (ofStream === undefined || events.streamOf[index] === ofStream) &&
      (ofTypes === undefined || ofTypes[events.typeOf[index] ?? -1] === true)
  }

  /**
   * Takes a commit's events in the direction of the page; undefined stands for one that is not asked for. Answers whether it got through all of them.
   */
  takeCommit(id: string, events: readonly (SizedEvent | undefined)[]): boolean {
    const ordered = this.#request.direction === 'forward' ? events : events.toReversed()
    const isBegun = this.#begun?.id === id
    let done = isBegun ? (this.#begun?.count ?? 0) : 0
    let part = isBegun ? (this.#begun?.part ?? 0) : 0
    for (const each of ordered.slice(done)) {
      const given = each !== undefined && this.#isAskedFor(each.event) ? this.#take(each, part) : 'all'
      if (given !== 'all') {
        this.#full = true
        this.#begun = done + given === 0 ? undefined : { id, count: done, ...(given === 0 ? {} : { part: given }) }
        return false
      }
      part = 0
      done++
    }
    if (isBegun) this.#begun = undefined
    return true
  }

  /** Takes what a stored event is read as, but for the first `skip`. Answers how many are given where there was no room for all. */
  #take({ event, units }: SizedEvent, skip: number): 'all' | number {
    if (!this.#hasRoom) return skip
    const read = this.#catalog.read(event)
    if (read.kind !== 'events') return 'all'
    this.#units += units
    const asked = this.#types === undefined ? read.events : read.events.filter(({ type }) => this.#types?.has(type))
    const ordered = this.#request.direction === 'forward' ? asked : asked.toReversed()
    const { limit } = this.#request
    for (const [index, current] of ordered.entries()) {
      if (index < skip) continue
      if (this.events.length >= limit) return index
      this.events.push({ ...event, ...current })
    }
    return 'all'
  }

  get #hasRoom(): boolean {
    const { limit, maxUnits = Number.POSITIVE_INFINITY } = this.#request
    return this.events.length < limit && this.#units < maxUnits
  }

  #isAskedFor(event: RecordedEvent): boolean {
    const { stream, from, to, where } = this.#request
    if (stream !== undefined && event.stream !== stream) return false
    if (this.#sources !== undefined && !this.#sources.has(event.type)) return false
    if (where !== undefined && !hasMetadata(event, where)) return false
    if (from === undefined && to === undefined) return true
    const time = Date.parse(event.time)
    return (from === undefined || time >= from) && (to === undefined || time < to)
  }
}

function hasMetadata(event: RecordedEvent, where: Readonly<Record<string, JsonValue>>): boolean {
  return Object.entries(where).every(([name, value]) =>
    isSameData(value, name === 'correlationId' ? correlationOf(event) : event.metadata[name]),
  )
}
