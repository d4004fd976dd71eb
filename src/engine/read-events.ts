import type { EventCatalog } from '../event/catalog.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { ConfirmedSegment, PendingRecord, StoredSegment } from '../store/records.ts'
import { recordedInPending } from '../store/segment.ts'
import type { KeyRange, StorageTransaction } from '../store/storage-backend.ts'
import { damageBetween, type StreamPlace, shareOf } from '../store/stream-chain.ts'
import { commitsFor } from './commits-for-page.ts'
import { type EventsCursor, formatEventsCursor, parseEventsCursor } from './events-cursor.ts'
import { EventsPage, type EventsRequest } from './events-page.ts'
import {
  afterConfirmed,
  afterFormer,
  afterPending,
  type FeedCursor,
  foreignCursor,
  isDelivered,
} from './feed-cursor.ts'
import { checkPlace, followCursor, lastTurnOf, ofLog, startOfFeed, turnsIn } from './follow-cursor.ts'
import { moreAtOnce, segmentsAtOnce } from './segments-at-once.ts'

export interface EventsAnswer {
  readonly events: readonly RecordedEvent[]
  /** Give it as `after` for the next page; undefined at the end. */
  readonly next: string | undefined
}

/**
 * One page of events: the confirmed ones by position, then the pending ones in outbox order; backward the other way round. Going on from page to
 * page gives each event once, though pending ones are confirmed in between. Events that today's definitions cannot read are left out; the
 * log keeps them.
 */
export async function readEvents(
  store: EventStore,
  catalog: EventCatalog,
  request: EventsRequest,
): Promise<EventsAnswer> {
  await store.refresh()
  const cursor = request.after === undefined ? undefined : parseEventsCursor(request.after, request.direction)
  const page = new EventsPage(catalog, request, cursor?.begun)
  const reader = new Reader(store, request, page)
  const next =
    cursor?.to === 'forward' || request.direction === 'forward'
      ? await reader.forward(cursor)
      : await reader.backward(cursor)
  return { events: page.events, next: page.isFull ? formatEventsCursor(next) : undefined }
}

/** Segments as they lie, up to the head that the same transaction saw. */
interface StoredPage {
  readonly stored: readonly StoredSegment[]
  readonly head: number
  /** Where it begins, in the log as the transaction saw it. */
  readonly from: FeedCursor
  /** How far the log had been set back. */
  readonly turns: string
}

/** Before the first event. */
const START: StreamPlace = { position: 0, version: 0 }

function ofStream(place: StreamPlace | undefined): { readonly stream?: StreamPlace } {
  return place === undefined ? {} : { stream: place }
}

class Reader {
  readonly #store: EventStore
  readonly #request: EventsRequest
  readonly #page: EventsPage
  #atOnce: number
  /** Of one stream, backward: before the last segment that was read to its beginning. */
  #above: StreamPlace | undefined

  constructor(store: EventStore, request: EventsRequest, page: EventsPage) {
    this.#store = store
    this.#request = request
    this.#page = page
    this.#atOnce = segmentsAtOnce(request)
  }

  async forward(cursor: EventsCursor | undefined): Promise<EventsCursor> {
    const { meta } = this.#store.known
    let feed = cursor?.to === 'forward' ? cursor.feed : startOfFeed(meta)
    let place = cursor === undefined ? START : cursor.to === 'forward' ? cursor.stream : undefined
    const nextPage = (): EventsCursor => ({ to: 'forward', feed, begun: this.#page.begun, ...ofStream(place) })
    let ahead: Promise<StoredPage> | undefined
    for (;;) {
      const { stored, head, from, turns } = await (ahead ?? this.#upToHead(feed))
      feed = from
      ahead = this.#readOn(stored, feed)
      // Of one stream the positions do not say whether these are all; the versions do.
      const behind = this.#request.stream === undefined ? feed.position : undefined
      for (const segment of await this.#store.open(stored, behind)) {
        feed = this.#takeForward(segment, feed)
        const share = this.#shareOf(segment)
        await damageBetween(this.#store, this.#request.stream, place, share?.before)
        if (this.#page.isFull) return nextPage()
        place = share?.behind
      }
      if (stored.length === this.#atOnce) {
        this.#atOnce = moreAtOnce(this.#atOnce)
        continue
      }
      feed = afterConfirmed(feed, Math.max(feed.position, head))
      // From here on nothing is awaited: outbox and head belong together.
      if (head === this.#store.known.head && turns === turnsIn(this.#store.known.meta)) break
    }
    feed = this.#takeOutbox(followCursor(feed, this.#store.known.meta, this.#store.known.head))
    return nextPage()
  }

  #shareOf(segment: ConfirmedSegment): ReturnType<typeof shareOf> {
    const { stream } = this.#request
    return stream === undefined ? undefined : shareOf(segment, stream)
  }

  #takeForward(segment: ConfirmedSegment, start: FeedCursor): FeedCursor {
    let feed = start
    if (this.#page.isFull) return feed
    for (const { commit, last, events } of commitsFor(this.#page, this.#request, segment)) {
      if (last <= feed.position || isDelivered(feed, commit, last)) continue
      if (!this.#page.takeCommit(commit.id, events())) return feed
      feed = afterConfirmed(feed, last)
    }
    return this.#page.isFull ? feed : afterConfirmed(feed, Math.max(feed.position, segment.last))
  }

  #takeOutbox(start: FeedCursor): FeedCursor {
    const { pending, deadLetters, meta } = this.#store.known
    const records = pending.counted.filter((record) => !isDelivered(start, record))
    const letters = Array.from(deadLetters.values(), ({ commit }) => commit)
    const own = [...pending.records, ...letters].filter(
      (record) => record.device === meta.device && !isDelivered(start, record),
    )
    const waiting = new Set(own.map(({ seq }) => seq).sort((a, b) => a - b))
    let feed = start
    for (const record of records) {
      if (!this.#takePending(record)) return feed
      if (record.device !== meta.device) {
        if (record.formerly !== undefined) feed = afterFormer(feed, record.formerly)
        continue
      }
      waiting.delete(record.seq)
      feed = afterPending(feed, record.seq, waiting)
    }
    return feed
  }

  async backward(cursor: EventsCursor | undefined): Promise<EventsCursor> {
    const { pending, head, meta } = this.#store.known
    const of = ofLog(meta)
    let top = cursor?.to === 'outbox' ? cursor.top : cursor?.to === 'confirmed' ? cursor.before - 1 : head
    if (cursor !== undefined && cursor.to !== 'forward')
      checkPlace({ of: cursor.of, top, isOfOutbox: cursor.to === 'outbox' }, meta, head)
    const ofFirst = cursor === undefined ? pending.counted.map(({ id }) => id) : []
    const rest = new Set(cursor?.to === 'outbox' ? cursor.rest : ofFirst)
    this.#above = cursor?.to === 'confirmed' ? cursor.stream : undefined
    for (;;) {
      top = this.#returned(top, rest)
      const turns = turnsIn(this.#store.known.meta)
      const outbox = (): EventsCursor => ({ to: 'outbox', top, rest: [...rest], of, begun: this.#page.begun })
      for (const record of this.#store.known.pending.counted.toReversed()) {
        if (!rest.has(record.id)) continue
        if (!this.#takePending(record)) return outbox()
        rest.delete(record.id)
      }
      // What has been confirmed since the first page lies above the head of then.
      if (!(await this.#takeAbove(top, rest, turns))) return outbox()
      const { before, isEnd } = await this.#backwardFrom(top + 1, turns)
      if (isEnd) return { to: 'confirmed', before, of, begun: this.#page.begun, ...ofStream(this.#above) }
      if (lastTurnOf(this.#store.known.meta) !== of.turn) throw foreignCursor('is of before the log was set back')
      top = before - 1
    }
  }

  /** What has been confirmed of `rest`, above the head of when it was pending. Answers whether there was room for it. */
  async #takeAbove(top: number, rest: Set<string>, turns: string): Promise<boolean> {
    let before = Number.MAX_SAFE_INTEGER
    while (rest.size > 0 && before > top + 1) {
      const stored = await this.#below(before, top, turns)
      // Set back meanwhile: then what is below it is found to be so as well.
      if (stored === undefined || stored.length === 0) return true
      const from = before
      for (const segment of await this.#store.open(stored)) {
        for (const { commit, last, events } of commitsFor(this.#page, this.#request, segment).toReversed()) {
          if (last <= top || !rest.has(commit.id)) continue
          if (!this.#page.takeCommit(commit.id, events())) return false
          rest.delete(commit.id)
        }
        // Of a damaged one nothing but its key can be believed.
        before = Math.min(before, segment.commits.ids.length === 0 ? segment.last : segment.first)
      }
      if (before === from) return true
    }
    return true
  }

  /** While the log is set back, what lay below `top` may be in the outbox. Answers how far the log still goes. */
  #returned(top: number, rest: Set<string>): number {
    const { pending, head, meta } = this.#store.known
    const turn = meta.turns?.at(-1)
    if (turn?.isOpen !== true) return top
    for (const { id, formerly } of pending.records)
      if (formerly?.turn === turn.number && formerly.position <= top) rest.add(id)
    return Math.min(top, head)
  }

  /**
   * The last segments with something in front of a position and behind another, the last first; undefined when the log is found to be set back further.
   * A segment's key is its last position, so one that reaches across the place is found from the front. It is looked for in every turn: compaction
   * may have merged what is to be read next with what has been read.
   */
  async #below(before: number, after: number, turns: string): Promise<readonly StoredSegment[] | undefined> {
    const found = await this.#store.read(async (tx, { meta }) => {
      if (turnsIn(meta) !== turns) return undefined
      const [across, below] = await Promise.all([
        this.#read(tx, { after: before - 1, limit: 1 }),
        this.#read(tx, { after, upTo: before - 1, limit: this.#atOnce, direction: 'backward' }),
      ])
      return { across, below }
    })
    if (found === undefined) return undefined
    const { across, below } = found
    const lowest = below.length < this.#atOnce ? undefined : below.at(-1)
    if (this.#request.stream === undefined)
      this.#store.damages.lookForHoles(
        [...below.toReversed(), ...across],
        lowest === undefined ? after : lowest.first - 1,
      )
    return [...across.filter(({ first }) => first < before), ...below]
  }

  /** Ends early when the log is found to be set back further. */
  async #backwardFrom(start: number, turns: string): Promise<{ before: number; isEnd: boolean }> {
    let before = start
    while (!this.#page.isFull) {
      const stored = await this.#below(before, 0, turns)
      if (stored === undefined) return { before, isEnd: false }
      const from = before
      for (const segment of await this.#store.open(stored)) {
        if (this.#page.isFull) break
        before = this.#takeBackward(segment, before)
        const share = this.#shareOf(segment)
        await damageBetween(this.#store, this.#request.stream, share?.behind, this.#above)
        if (!this.#page.isFull) this.#above = share?.before
      }
      this.#atOnce = moreAtOnce(this.#atOnce)
      if (before !== from || this.#page.isFull) continue
      await damageBetween(this.#store, this.#request.stream, START, this.#above)
      break
    }
    return { before, isEnd: true }
  }

  #takeBackward(segment: ConfirmedSegment, start: number): number {
    let before = start
    for (const { commit, last, events } of commitsFor(this.#page, this.#request, segment).toReversed()) {
      if (last >= before) continue
      if (!this.#page.takeCommit(commit.id, events())) return before
      before = last - commit.count + 1
    }
    // A damaged segment has no commits, and nothing but its key can be believed: what it covers is passed over.
    return segment.commits.ids.length === 0 ? Math.min(before, segment.last) : before
  }

  #takePending(record: PendingRecord): boolean {
    if (!this.#page.mayHold(record)) return true
    const { offsets, body } = record.events
    const events = recordedInPending(record).map((event, index) => ({
      event,
      units: (offsets[index + 1] ?? body.length) - (offsets[index] ?? 0),
    }))
    return this.#page.takeCommit(record.id, events)
  }

  /** What comes behind a page of segments, read while that one is worked on, where it is as good as sure that it will be asked for. */
  #readOn(stored: readonly StoredSegment[], feed: FeedCursor): Promise<StoredPage> | undefined {
    const last = stored.at(-1)
    const isLikely = this.#page.events.length > 0 && this.#page.isHalfEmpty
    if (last === undefined || stored.length < this.#atOnce || this.#request.stream === undefined || !isLikely)
      return undefined
    const reading = this.#upToHead(afterConfirmed(feed, last.last))
    // Whoever asks for it hears of it; nobody has to ask.
    reading.catch(() => undefined)
    return reading
  }

  #upToHead(feed: FeedCursor): Promise<StoredPage> {
    return this.#store.read(async (tx, { meta, head }) => {
      const from = followCursor(feed, meta, head)
      const stored = await this.#read(tx, { after: from.position, upTo: head, limit: this.#atOnce })
      return { stored, head, from, turns: turnsIn(meta) }
    })
  }

  #read(tx: StorageTransaction, range: KeyRange<number>): Promise<StoredSegment[]> {
    const { stream } = this.#request
    return stream === undefined ? tx.read('confirmed', range) : tx.readByIndex('streams', stream, range)
  }
}
