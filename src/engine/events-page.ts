import type { EventCatalog } from '../event/catalog.ts'
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
}

/** One page as it fills: takes the events that are asked for, until there are enough. */
export class EventsPage {
  readonly events: RecordedEvent[] = []
  readonly #catalog: EventCatalog
  readonly #request: EventsRequest
  #begun: PartOfCommit | undefined
  #full = false
  /** Of JSON, of the events that were taken. */
  #units = 0

  /** @param begun the commit that the page before ended in */
  constructor(catalog: EventCatalog, request: EventsRequest, begun: PartOfCommit | undefined) {
    this.#catalog = catalog
    this.#request = request
    this.#begun = begun
  }

  /** An event was asked for that has no room any more: there is a next page. */
  get isFull(): boolean {
    return this.#full
  }

  /** The commit that this page ends in. */
  get begun(): PartOfCommit | undefined {
    return this.#begun
  }

  mayHold({ events }: Pick<ConfirmedSegment, 'events'>): boolean {
    const { from, to, types, stream } = this.#request
    if (from !== undefined && events.maxTime < from) return false
    if (to !== undefined && events.minTime >= to) return false
    if (stream !== undefined && !events.streams.includes(stream)) return false
    return types === undefined || types.some((type) => events.types.includes(type))
  }

  /** Whether an event of a run may be asked for, by what its table of contents says. */
  mayWant(events: PackedEvents): (index: number) => boolean {
    const { types, stream } = this.#request
    const ofStream = stream === undefined ? undefined : events.streams.indexOf(stream)
    const ofTypes = types === undefined ? undefined : new Set(types.map((type) => events.types.indexOf(type)))
    return (index) =>
      (ofStream === undefined || events.streamOf[index] === ofStream) &&
      (ofTypes?.has(events.typeOf[index] ?? -1) ?? true)
  }

  /**
   * Takes a commit's events in the direction of the page; undefined stands for one that is not asked for. Answers whether it got through all of them.
   */
  takeCommit(id: string, events: readonly (SizedEvent | undefined)[]): boolean {
    const ordered = this.#request.direction === 'forward' ? events : events.toReversed()
    let done = this.#begun?.id === id ? this.#begun.count : 0
    for (const each of ordered.slice(done)) {
      if (each !== undefined && this.#isAskedFor(each.event)) {
        const { event, units } = each
        if (!this.#hasRoom) {
          this.#full = true
          this.#begun = done === 0 ? undefined : { id, count: done }
          return false
        }
        const read = this.#catalog.read(event)
        if (read.kind === 'events') {
          this.#units += units
          for (const current of read.events) this.events.push({ ...event, ...current })
        }
      }
      done++
    }
    if (this.#begun?.id === id) this.#begun = undefined
    return true
  }

  get #hasRoom(): boolean {
    const { limit, maxUnits = Number.POSITIVE_INFINITY } = this.#request
    return this.events.length < limit && this.#units < maxUnits
  }

  #isAskedFor(event: RecordedEvent): boolean {
    const { stream, types, from, to, where } = this.#request
    if (stream !== undefined && event.stream !== stream) return false
    if (types !== undefined && !types.includes(event.type)) return false
    if (where !== undefined && !hasMetadata(event, where)) return false
    if (from === undefined && to === undefined) return true
    const time = Date.parse(event.time)
    return (from === undefined || time >= from) && (to === undefined || time < to)
  }
}

function hasMetadata(event: RecordedEvent, where: Readonly<Record<string, JsonValue>>): boolean {
  return Object.entries(where).every(([name, value]) => isSameData(value, event.metadata[name]))
}
