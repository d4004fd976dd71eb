import type { ConfirmedSegment, StoredSegment } from './records.ts'
import { isSealed } from './sealed-events.ts'
import type { SegmentReader } from './segment-reader.ts'
import type { StorageBackend } from './storage-backend.ts'

export interface ReadAheadOptions {
  readonly backend: StorageBackend
  readonly reader: SegmentReader
  /** Position to begin behind. */
  readonly after: number
}

/** Events of a page: between two pages whoever reads serves other calls, so a page must not take long. */
const PAGE_EVENTS = 2048
/** UTF-16 units of a page's bodies: few large events are much to hold and to fold, too. */
const PAGE_UNITS = 4 * 1024 * 1024
/** Segments of the first page, when nobody knows yet how large they are, and of the largest. */
const FIRST_PAGE = 8
const LARGEST_PAGE = 512

/**
 * The confirmed zone page by page, in order. While the caller works on one page, the storage reads the next: so a replay takes as long as the slower of
 * the two, and not as both. A page is as many segments as hold some thousand events, or fewer where those are large, whether they are of one event each
 * or of a thousand.
 */
export class ReadAhead {
  readonly #options: ReadAheadOptions
  #limit = FIRST_PAGE
  #after: number
  #reading: Promise<StoredSegment[]>

  constructor(options: ReadAheadOptions) {
    this.#options = options
    this.#after = options.after
    this.#reading = this.#read(options.after)
  }

  /** The next page; an empty one at the end of the log, where it stays. */
  async next(): Promise<ConfirmedSegment[]> {
    const stored = await this.#reading
    const behind = this.#after
    const last = stored.at(-1)
    if (last !== undefined) {
      let [events, units] = [0, 0]
      for (const segment of stored) {
        events += sizeOf(segment)
        units += unitsOf(segment)
      }
      const wanted = Math.ceil(stored.length * Math.min(PAGE_EVENTS / events, PAGE_UNITS / units))
      // One page says little of the next, so it grows step by step.
      this.#limit = Math.max(1, Math.min(wanted, this.#limit * 4, LARGEST_PAGE))
      this.#after = last.last
      this.#reading = this.#read(last.last)
    }
    return this.#options.reader.open(stored, behind)
  }

  #read(after: number): Promise<StoredSegment[]> {
    const range = { after, limit: this.#limit }
    const reading = this.#options.backend.transact('read', ['confirmed'], (tx) => tx.read('confirmed', range))
    // Whoever asks for the page hears of it; nobody has to ask.
    reading.catch(() => undefined)
    return reading
  }
}

/** At least one: what a damaged record says of itself need not be true. */
function sizeOf({ first, last }: StoredSegment): number {
  return Number.isSafeInteger(first) && first >= 1 && first <= last ? last - first + 1 : 1
}

/** At least one, for the same reason. */
function unitsOf({ events }: StoredSegment): number {
  const units = isSealed(events) ? events.bytes : events?.body?.length
  return Number.isSafeInteger(units) ? Math.max(1, units) : 1
}
