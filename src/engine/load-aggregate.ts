import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { evolveAggregate } from '../aggregate/evolve-aggregate.ts'
import { isLarderError } from '../errors.ts'
import type { EventCatalog } from '../event/catalog.ts'
import { type PackedEvents, unpackEvent, unpackEvents } from '../event/packed-events.ts'
import { isSameLog } from '../projection/checkpoint-storage.ts'
import type { LogIdentity, Snapshot } from '../snapshot/snapshot-storage.ts'
import type { Snapshots } from '../snapshot/snapshots.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import { hasMark, type LogMark, markBehind } from '../store/log-mark.ts'
import type { ConfirmedSegment, PendingRecord } from '../store/records.ts'
import { quarantineId } from '../store/segment-reader.ts'
import { damageBetween, type StreamPlace, shareOf } from '../store/stream-chain.ts'
import { damagedError } from './damaged-error.ts'

/** Segments read at a time: of one stream, little is taken of each. */
const PAGE = 16

/** An aggregate as the log has it: confirmed, then pending. */
export interface LoadedAggregate {
  readonly state: unknown
  /** Of its stream: what an append has to expect in order to be behind all that was folded. */
  readonly version: number
}

/** The same, and the generation of the outbox that was seen with it. */
export interface SeenAggregate extends LoadedAggregate {
  readonly generation: number
  /** Id of a part of the log that cannot be read and held events of the stream: the state lacks them. Undefined where nothing says so. */
  readonly damage: string | undefined
}

export interface AggregateSource {
  readonly store: EventStore
  readonly catalog: EventCatalog
  readonly snapshots: Snapshots | undefined
}

/**
 * Folds the stream of an aggregate: from its snapshot, if it has one, else from the beginning. Sees every append that was acknowledged before the
 * call, in any tab; state and version are of one moment.
 *
 * @throws LarderError `aggregate-faulted`, `storage-damaged` where it cannot be folded without the events that cannot be read, and what the storage throws
 */
export async function loadAggregate(
  source: AggregateSource,
  aggregate: AnyAggregate,
  id: string,
  stream: string,
): Promise<SeenAggregate> {
  let from = source
  for (;;) {
    const load = new Load(from, aggregate, id, stream)
    const seen = await load.run()
    if (seen !== undefined)
      return { state: load.state, version: seen.version, generation: seen.generation, damage: load.damage }
    // A part of the log was replaced on the way, which is rare: this time nothing is believed but the log.
    from = { ...source, snapshots: undefined }
  }
}

/** An aggregate as it is in front of a commit that waits in its stream, and what was seen of the log with it. */
export interface AggregateInFront {
  readonly state: unknown
  /** See {@link SeenAggregate.damage}. */
  readonly damage: string | undefined
  readonly generation: number
  readonly head: number
  /** Confirmed version of the stream. */
  readonly confirmed: number
  /** All that waits in the stream, held or not, in order. */
  readonly pending: readonly PendingRecord[]
}

/**
 * The same up to a place in the outbox.
 *
 * @param order of the commit in front of which it ends
 * @throws LarderError `aggregate-faulted`, and what the storage throws
 */
export async function loadInFront(
  source: AggregateSource,
  aggregate: AnyAggregate,
  id: string,
  stream: string,
  order: number,
): Promise<AggregateInFront> {
  let from = source
  for (;;) {
    const load = new Load(from, aggregate, id, stream)
    const seen = await load.run(order)
    if (seen !== undefined) return { ...seen, state: load.state, damage: load.damage }
    from = { ...source, snapshots: undefined }
  }
}

/** Folds what a run of events says of a stream. What today's definitions cannot read is passed over. */
export function foldStream(
  aggregate: AnyAggregate,
  catalog: EventCatalog,
  stream: string,
  before: unknown,
  events: PackedEvents,
): unknown {
  const sources = catalog.sourcesOf(aggregate.types)
  let state = before
  for (const stored of unpackEvents(events)) {
    if (stored.stream !== stream || !sources.has(stored.type)) continue
    const read = catalog.read(stored)
    if (read.kind === 'events') for (const event of read.events) state = evolveAggregate(aggregate, state, event)
  }
  return state
}

class Load {
  readonly #source: AggregateSource
  readonly #aggregate: AnyAggregate
  readonly #id: string
  readonly #stream: string
  /** The stored types that may be read as one of the aggregate's. */
  readonly #sources: ReadonlySet<string>
  #state: unknown
  /** Confirmed events up to here are folded. */
  #position = 0
  /** Events of the stream up to there, whether the aggregate folds them or not. */
  #seen = 0
  #fresh = 0
  /** How the log is known behind the last segment that was folded. */
  #marked: { readonly position: number; readonly mark: LogMark } | undefined
  #restored: Snapshot | undefined
  #refused: Snapshot | undefined
  /** An event was passed over that an update may be able to read. */
  #isPartial = false
  #damage: string | undefined
  /** Behind the last segment with events of the stream; undefined where that is damaged. */
  #place: StreamPlace | undefined

  constructor(source: AggregateSource, aggregate: AnyAggregate, id: string, stream: string) {
    this.#source = source
    this.#aggregate = aggregate
    this.#id = id
    this.#stream = stream
    this.#sources = source.catalog.sourcesOf(aggregate.types)
  }

  get state(): unknown {
    return this.#state
  }

  get damage(): string | undefined {
    return this.#damage
  }

  /**
   * Answers what was seen of the log with the end of it; undefined where it has to be begun anew.
   *
   * @param before order of the first commit of the outbox that is not folded
   */
  async run(before = Number.POSITIVE_INFINITY) {
    try {
      return await this.#run(before)
    } catch (error) {
      // What was folded lacks events: that is no fault of who folds.
      if (this.#damage !== undefined && isLarderError(error, 'aggregate-faulted'))
        throw damagedError(this.#stream, this.#damage, this.#source.store.known.meta)
      throw error
    }
  }

  async #run(before: number) {
    const { store } = this.#source
    const log = logOf(store.known)
    await this.#restore(log)
    for (;;) {
      const page = await this.#nextPage()
      if (!isSameLog(page.log, log) || page.head < this.#position) return undefined
      for (const segment of await store.open(page.segments)) {
        await this.#lookBefore(segment)
        this.#take(segment.events, segment.first)
        const mark = markBehind(segment.commits, segment.marks, this.#marked?.mark)
        this.#marked = mark && { position: segment.last, mark }
      }
      if (page.rest === undefined) {
        this.#position = page.segments.at(-1)?.last ?? page.head
        continue
      }
      this.#position = page.head
      if (this.#restored !== undefined && this.#seen !== page.rest.confirmed) {
        // What it was folded from is not what the log has: this time nothing is believed but the log.
        this.#begin(undefined, this.#restored)
        continue
      }
      this.#keep(log, page.rest.confirmed)
      for (const { events } of page.rest.counted.filter(({ order }) => order < before)) this.#take(events, undefined)
      return { ...page.rest, head: page.head }
    }
  }

  async #restore(log: LogIdentity): Promise<void> {
    const { snapshot } = this.#aggregate
    const { snapshots } = this.#source
    const stored =
      snapshot === undefined
        ? undefined
        : await snapshots?.load(this.#aggregate, this.#stream, { log, definitions: this.#definitions() })
    if (stored !== undefined && (await this.#counts(stored))) this.#begin(stored, undefined)
    else this.#begin(undefined, stored)
  }

  /** @param from undefined: from the first event */
  #begin(from: Snapshot | undefined, refused: Snapshot | undefined): void {
    this.#restored = from
    this.#refused = refused
    this.#marked = from?.mark && { position: from.position, mark: from.mark }
    this.#position = from?.position ?? 0
    this.#seen = from?.streamVersion ?? 0
    this.#fresh = 0
    this.#isPartial = false
    this.#damage = undefined
    this.#place = { position: this.#position, version: this.#seen }
    this.#state =
      from === undefined ? this.#aggregate.initialState(this.#id) : this.#aggregate.fromPlain(this.#id, from.state)
  }

  /** A log that was set back, by a backup of the profile or a disk that lost its end, may have gone on with something else. */
  async #counts({ position, mark }: Snapshot): Promise<boolean> {
    return mark !== undefined && (await hasMark(this.#source.store, position, mark))
  }

  /** With the last page comes what is pending, from the same transaction: between two of them, pending events may be confirmed. */
  #nextPage() {
    return this.#source.store.read(async (tx, known) => {
      const range = { after: this.#position, upTo: known.head, limit: PAGE }
      const segments = await tx.readByIndex('streams', this.#stream, range)
      const { head } = known
      if (segments.length === PAGE) return { segments, head, log: logOf(known), rest: undefined }
      const confirmed = (await known.confirmedVersions(tx, [this.#stream])).get(this.#stream) ?? 0
      const pending = known.pending.inStream(this.#stream)
      const counted = pending.filter(({ id }) => !known.pending.isHeld(id))
      const version = confirmed + known.pending.countInStream(this.#stream)
      const { generation } = known.meta
      return { segments, head, log: logOf(known), rest: { confirmed, pending, counted, version, generation } }
    })
  }

  /** A damaged segment that the index finds has lost events of the stream; what is missing altogether shows in the versions behind it. */
  async #lookBefore(segment: ConfirmedSegment): Promise<void> {
    const { store } = this.#source
    const share = shareOf(segment, this.#stream)
    const damage =
      share === undefined
        ? quarantineId('confirmed', segment.last)
        : await damageBetween(store, this.#stream, this.#place, share.before)
    this.#damage ??= damage
    this.#place = share?.behind
  }

  /** @param first position of the first event; undefined of what is pending */
  #take(events: PackedEvents, first: number | undefined): void {
    const ofStream = events.streams.indexOf(this.#stream)
    if (ofStream === -1) return
    const wanted = events.types.map((type) => this.#sources.has(type))
    for (const [index, stream] of events.streamOf.entries()) {
      if (stream !== ofStream) continue
      // Compaction merges what was folded already with what was not.
      if (first !== undefined && first + index <= this.#position) continue
      if (first !== undefined) {
        this.#seen++
        this.#fresh++
      }
      if (wanted[events.typeOf[index] ?? 0] === true) this.#fold(events, index)
    }
  }

  #fold(events: PackedEvents, index: number): void {
    const read = this.#source.catalog.read(unpackEvent(events, index))
    if (read.kind !== 'events') {
      this.#isPartial = true
      return
    }
    for (const event of read.events) this.#state = evolveAggregate(this.#aggregate, this.#state, event)
  }

  /** Another upcaster, or a type that is read as one of the aggregate's from now on, and there are other events to fold. */
  #definitions(): string {
    return this.#source.catalog.readingOf(this.#aggregate.types)
  }

  /** A state that lacks an event, because it is damaged or cannot be read yet, is not kept: once it is mended, all of it is folded again. */
  #keep(log: LogIdentity, confirmed: number): void {
    const { snapshots } = this.#source
    const { snapshot, name } = this.#aggregate
    if (snapshots === undefined || snapshot === undefined || this.#fresh < snapshot.every) return
    if (this.#isPartial || this.#damage !== undefined || this.#seen !== confirmed || this.#marked === undefined) return
    const taken: Snapshot = {
      ...log,
      aggregate: name,
      stream: this.#stream,
      version: snapshot.version,
      definitions: this.#definitions(),
      // Of the last segment with events of this stream: there is its mark.
      ...this.#marked,
      streamVersion: this.#seen,
      state: this.#aggregate.toPlain(this.#state),
    }
    snapshots.save(taken, this.#refused)
  }
}

function logOf({ meta }: Pick<LogCache, 'meta'>): LogIdentity {
  return { device: meta.device, authority: meta.authority, repairs: meta.repairs ?? 0 }
}
