import { countByStream } from '../event/packed-events.ts'
import { type BasisShare, isAccepted, type PendingRecord, type StreamBasis } from './records.ts'

/**
 * The outbox as this tab knows it, in order. Grows at its end; any other change makes a new one.
 *
 * A commit that stands on a dead letter, or on one that does, is **held**, unless a command is kept with it: it is not folded, and counts in no stream.
 * With a command it is to be **decided again**; until then it counts as it is.
 */
export class PendingQueue {
  readonly #records: PendingRecord[] = []
  readonly #counted: PendingRecord[] = []
  readonly #held = new Set<string>()
  readonly #toDecide = new Set<string>()
  readonly #byStream = new Map<string, PendingRecord[]>()
  readonly #byId = new Map<string, PendingRecord>()
  readonly #ends = new StreamEnds()
  readonly #isRefused: (id: string) => boolean

  /** @param isRefused whether a commit is a dead letter: it may come back to where it stood */
  constructor(records: readonly PendingRecord[] = [], isRefused: (id: string) => boolean = () => false) {
    this.#isRefused = isRefused
    for (const record of records) this.push(record)
  }

  get records(): readonly PendingRecord[] {
    return this.#records
  }

  /** Those that are folded and counted: all but the held ones. */
  get counted(): readonly PendingRecord[] {
    return this.#counted
  }

  /** Ids of those whose command is to be decided again, in order. */
  get toDecide(): ReadonlySet<string> {
    return this.#toDecide
  }

  isHeld(id: string): boolean {
    return this.#held.has(id)
  }

  get lastOrder(): number | undefined {
    return this.#records.at(-1)?.order
  }

  push(record: PendingRecord): void {
    this.#records.push(record)
    this.#byId.set(record.id, record)
    for (const stream of record.events.streams) {
      const there = this.#byStream.get(stream)
      if (there === undefined) this.#byStream.set(stream, [record])
      else there.push(record)
    }
    const isUnsettled = this.#standsOnUnsettled(record)
    if (isUnsettled && record.command === undefined) {
      this.#held.add(record.id)
      return
    }
    if (isUnsettled || (record.decideFrom !== undefined && !isAccepted(record))) this.#toDecide.add(record.id)
    this.#counted.push(record)
    const counts = countByStream(record.events)
    for (const [index, stream] of record.events.streams.entries()) {
      const isLink = Object.hasOwn(record.basis, stream) && this.#countsAll(record.basis[stream], stream)
      this.#ends.add(stream, { id: record.id, count: counts[index] ?? 0 }, isLink)
    }
  }

  find(id: string): PendingRecord | undefined {
    return this.#byId.get(id)
  }

  /** Those with events in a stream, in order, held ones too. */
  inStream(stream: string): readonly PendingRecord[] {
    return this.#byStream.get(stream) ?? []
  }

  /** How many events count in a stream. */
  countInStream(stream: string): number {
    return this.#ends.count(stream)
  }

  /** The ends of the streams, for a group of appends to go on from. */
  draftEnds(): StreamEnds {
    return new StreamEnds(this.#ends)
  }

  /** Whether something that it stands on is a dead letter, or held itself. */
  #standsOnUnsettled(record: PendingRecord): boolean {
    if (isAccepted(record)) return false
    const isUnsettled = ({ id }: BasisShare): boolean => this.#isRefused(id) || this.#held.has(id)
    return Object.values(record.basis).some(({ behind }) => behind.some(isUnsettled))
  }

  /**
   * Whether a commit counts all that lies in front of it in the stream, and nothing that could still come back there: a dead letter that is sent
   * again takes its old place.
   */
  #countsAll(basis: StreamBasis | undefined, stream: string): boolean {
    const front = this.#ends.behind(stream)
    const open = (basis?.behind ?? []).filter(({ id }) => this.#byId.has(id) || this.#isRefused(id))
    return (
      open.length === front.length &&
      open.every(({ id, also }, index) => {
        const there = front[index]
        return there?.id === id && (also === undefined ? (there.also ?? 0) === 0 : there.also !== undefined)
      })
    )
  }
}

interface StreamEnd {
  /** Events of the outbox in the stream. */
  count: number
  /** What was there before; never changed here. */
  front: readonly BasisShare[]
  own: BasisShare[]
}

/** By stream: how many own events wait in it, and what the next commit with an expectation stands on. */
export class StreamEnds {
  readonly #before: StreamEnds | undefined
  readonly #ends = new Map<string, StreamEnd>()

  constructor(before?: StreamEnds) {
    this.#before = before
  }

  count(stream: string): number {
    return this.#ends.get(stream)?.count ?? this.#before?.count(stream) ?? 0
  }

  behind(stream: string): readonly BasisShare[] {
    const end = this.#ends.get(stream)
    if (end === undefined) return this.#before?.behind(stream) ?? []
    return end.front.length === 0 ? end.own : [...end.front, ...end.own]
  }

  /** @param isLink the commit counts all in front of it: who counts it counts that too, and need not say so */
  add(stream: string, share: BasisShare, isLink: boolean): void {
    const end = this.#ends.get(stream) ?? { count: this.count(stream), front: this.behind(stream), own: [] }
    if (isLink) {
      end.front = []
      end.own = [{ ...share, also: end.count }]
    } else end.own.push(share)
    end.count += share.count
    this.#ends.set(stream, end)
  }
}
