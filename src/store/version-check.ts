import { hashText } from './hash-text.ts'

/** Of the streams, those that fall on one of so many shares, by a hash of their names. */
export interface Share {
  readonly at: number
  readonly of: number
}

/** What is counted of a segment. */
export interface CountedEvents {
  readonly streams: readonly string[]
  readonly streamOf: Uint32Array
}

/** One of so many streams is counted where all are too many. */
const SAMPLED = 64
/** Shares are of unequal size: so much more than the mean. */
const ROOM = 1.25

/**
 * Whether the versions that segments state count the events that are there. Of one share of the streams: a log can have more streams than there is memory for
 * their names. Where all of them turn out to be too many, this notes how many there are instead.
 */
export class VersionCheck {
  readonly #share: Share
  readonly #most: number
  /** By key of a missing part: events that streams of other shares are known to have had there. */
  readonly #taken: Map<number, number>
  readonly #takenHere = new Map<number, number>()
  readonly #versions = new Map<string, number>()
  /** Streams that were met since the last part that is missing; undefined where none is. */
  #met: Set<string> | undefined
  readonly #uncounted = new Set<string>()
  /** Events that are missing, less those that the versions behind them tell of. */
  #missing = 0
  #lastMissing = 0
  #sample: Set<string> | undefined

  constructor(share: Share, most: number, taken: Map<number, number>) {
    this.#share = share
    this.#most = most
    this.#taken = taken
  }

  /** Streams whose names are kept at this moment. */
  get size(): number {
    return this.#versions.size + (this.#sample?.size ?? 0)
  }

  /** Into how many shares the streams have to be divided; 1 where all of this one were counted. */
  get shares(): number {
    return this.#sample === undefined ? 1 : Math.max(2, Math.ceil((this.#sample.size * SAMPLED * ROOM) / this.#most))
  }

  get uncounted(): number {
    return this.#uncounted.size
  }

  /** @param done how many of its first events were counted before */
  problemIn({ streams, streamOf }: CountedEvents, stated: Uint32Array, done: number): string | undefined {
    const mine = streams.map(
      (stream) => this.#sample === undefined && shareOf(stream, this.#share.of) === this.#share.at,
    )
    for (const index of streamOf.subarray(done)) {
      if (mine[index] !== true) continue
      const stream = streams[index] ?? ''
      this.#versions.set(stream, (this.#versions.get(stream) ?? 0) + 1)
    }
    let problem: string | undefined
    for (const [index, stream] of streams.entries()) {
      if (mine[index] !== true) continue
      const version = stated[index] ?? 0
      problem ??= this.#problemOf(stream, version, this.#versions.get(stream) ?? 0)
      this.#versions.set(stream, version)
    }
    this.#noteSize(streams)
    return problem
  }

  /** A part is missing: how many events of which stream it held, only what follows tells. */
  miss(key: number, events: number): void {
    if (this.#sample === undefined) this.#met = new Set()
    this.#lastMissing = key
    this.#missing += events - (this.#taken.get(key) ?? 0)
  }

  /** What these streams had in the missing parts, the others cannot have had. */
  end(): void {
    for (const [key, events] of this.#takenHere) this.#taken.set(key, (this.#taken.get(key) ?? 0) + events)
  }

  #problemOf(stream: string, stated: number, counted: number): string | undefined {
    const isFirst = this.#met !== undefined && !this.#met.has(stream)
    this.#met?.add(stream)
    if (isFirst && stated >= counted) {
      this.#uncounted.add(stream)
      const missing = stated - counted
      this.#missing -= missing
      if (this.#missing < 0) return 'the stream versions count more events than the damaged parts before can have held'
      this.#takenHere.set(this.#lastMissing, (this.#takenHere.get(this.#lastMissing) ?? 0) + missing)
      return undefined
    }
    return stated === counted ? undefined : `a stream version is ${stated} where ${counted} events are there`
  }

  #noteSize(streams: readonly string[]): void {
    const isTooMuch = this.#share.of === 1 && this.#versions.size > this.#most
    if (this.#sample === undefined && !isTooMuch) return
    const met = this.#sample === undefined ? this.#versions.keys() : streams
    const sample = this.#sample ?? new Set()
    for (const stream of met) if (shareOf(stream, SAMPLED) === 0) sample.add(stream)
    this.#sample = sample
    this.#versions.clear()
    this.#uncounted.clear()
    this.#takenHere.clear()
    this.#met = undefined
  }
}

/** Mixed so that the low bits say as much as the others. */
function shareOf(stream: string, of: number): number {
  if (of === 1) return 0
  const plain = hashText(stream)
  const hash = Math.imul(plain ^ (plain >>> 16), 0x85ebca6b)
  return ((hash ^ (hash >>> 13)) >>> 0) % of
}
