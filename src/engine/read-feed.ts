import type { EventCatalog } from '../event/catalog.ts'
import type { RecordedEvent } from '../event/recorded-event.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import { unpackCommits } from '../store/packed-commits.ts'
import type { ConfirmedSegment, PendingRecord } from '../store/records.ts'
import { recordedInPending, recordedInSegment } from '../store/segment.ts'
import {
  afterConfirmed,
  afterPending,
  type FeedCursor,
  formatCursor,
  isDelivered,
  isOwn,
  parseCursor,
} from './feed-cursor.ts'
import { endOfFeed, followCursor, startOfFeed, turnsIn } from './follow-cursor.ts'

export interface FeedRequest {
  /** Default: from the first event; `'now'`: only what comes. */
  readonly after: string | undefined
  readonly types: readonly string[] | undefined
  readonly stream: string | undefined
  /** `'confirmed'`: strict position order, and nothing before it is confirmed. */
  readonly zone: 'all' | 'confirmed'
  /** Asked when the log has been read: other devices' events up to this position are passed over. Default: none. */
  readonly foreignAfter?: () => number
  /** As they were written, also those that today's definitions cannot read. Default: as they are read today. */
  readonly asWritten?: boolean
}

export interface FeedBatch {
  readonly events: readonly (RecordedEvent & { readonly cursor: string })[]
  /** Where to go on. */
  readonly cursor: string
  /** Nothing more at the moment. */
  readonly atEnd: boolean
}

/** Segments read for one batch. */
const PAGE = 4
/** A batch ends after the commit with which it has this many events. */
const BATCH_EVENTS = 256

/** The next events behind a cursor: each once, own ones when they are stored, others when they are confirmed. */
export async function readFeed(store: EventStore, catalog: EventCatalog, request: FeedRequest): Promise<FeedBatch> {
  const { segments, head, start, turns } = await store.read(async (tx, cache) => {
    const from = cursorOf({ known: cache }, request)
    return {
      segments: await tx.read('confirmed', { after: from.position, upTo: cache.head, limit: PAGE }),
      head: cache.head,
      start: from,
      turns: turnsIn(cache.meta),
    }
  })
  const batch = new Batch(catalog, request, start)
  const foreignAfter = request.foreignAfter?.() ?? 0
  for (const segment of await store.open(segments, start.position)) batch.offerSegment(segment, foreignAfter)
  // What went back into the outbox meanwhile has been given already.
  const caughtUp = batch.cursor.position >= head && head === store.known.head && turns === turnsIn(store.known.meta)
  if (caughtUp && request.zone === 'all') batch.offerPending(store)
  return { events: batch.events, cursor: formatCursor(batch.cursor), atEnd: caughtUp && !batch.isFull }
}

/** @throws LarderError `cursor-foreign` */
export function cursorOf(
  store: { readonly known: Pick<LogCache, 'meta' | 'head' | 'pending' | 'deadLetters'> },
  { after, zone }: Pick<FeedRequest, 'after' | 'zone'>,
): FeedCursor {
  const { meta, head, pending, deadLetters } = store.known
  if (after === undefined) return startOfFeed(meta)
  if (after !== 'now') return followCursor(parseCursor(after), meta, head)
  const end = endOfFeed(meta, head)
  // What is pending comes, in this zone, when it is confirmed.
  if (zone === 'confirmed') return end
  const isOwn = ({ device }: PendingRecord): boolean => device === meta.device
  const last = pending.counted.filter(isOwn).reduce((top, { seq }) => Math.max(top, seq), 0)
  const held = pending.records.filter(({ id }) => pending.isHeld(id))
  const waiting = [...held, ...Array.from(deadLetters.values(), ({ commit }) => commit)].filter(isOwn)
  const except = waiting.map(({ seq }) => seq).filter((seq) => seq < last)
  return { ...end, seq: last, except: except.sort((a, b) => a - b) }
}

class Batch {
  readonly events: (RecordedEvent & { readonly cursor: string })[] = []
  readonly #catalog: EventCatalog
  readonly #request: FeedRequest
  readonly #types: ReadonlySet<string> | undefined
  /** The stored types that may be read as one of those. */
  readonly #sources: ReadonlySet<string> | undefined
  cursor: FeedCursor

  constructor(catalog: EventCatalog, request: FeedRequest, cursor: FeedCursor) {
    this.#catalog = catalog
    this.#request = request
    this.#types = request.types && new Set(request.types)
    this.#sources = this.#types && catalog.sourcesOf(this.#types)
    this.cursor = cursor
  }

  get isFull(): boolean {
    return this.events.length >= BATCH_EVENTS
  }

  offerSegment(segment: ConfirmedSegment, foreignAfter: number): void {
    if (segment.last <= this.cursor.position) return
    const wanted = this.#mayHold(segment) ? recordedInSegment(segment) : []
    for (const commit of unpackCommits(segment.commits)) {
      if (this.isFull) return
      const last = segment.first + commit.offset + commit.count - 1
      if (last <= this.cursor.position) continue
      const isStrange = last <= foreignAfter && !isOwn(this.cursor, commit, last)
      const seen = isStrange || isDelivered(this.cursor, commit, last)
      const next = afterConfirmed(this.cursor, last)
      this.#deliver(seen ? [] : wanted.slice(commit.offset, commit.offset + commit.count), next)
    }
    // A damaged segment has no commits, and is passed over.
    if (this.cursor.position < segment.last && !this.isFull) this.cursor = afterConfirmed(this.cursor, segment.last)
  }

  offerPending(store: EventStore): void {
    const { pending, deadLetters, meta } = store.known
    const open = [...pending.records, ...Array.from(deadLetters.values(), ({ commit }) => commit)]
    const own = open.filter((record) => record.device === meta.device && !isDelivered(this.cursor, record))
    const waiting = new Set(own.map(({ seq }) => seq).sort((a, b) => a - b))
    for (const record of pending.counted) {
      if (this.isFull) return
      // What went back into the outbox and is not ours is given when it is confirmed again.
      if (record.device !== meta.device || isDelivered(this.cursor, record)) continue
      waiting.delete(record.seq)
      const next = afterPending(this.cursor, record.seq, waiting)
      this.#deliver(this.#mayHold(record) ? recordedInPending(record) : [], next)
    }
  }

  /** Only the last event of a commit moves the cursor: whoever stops before it is given the whole commit again. */
  #deliver(events: readonly RecordedEvent[], next: FeedCursor): void {
    const readable = events.flatMap((event) => {
      if (!this.#isAskedFor(event)) return []
      if (this.#request.asWritten === true) return [event]
      const read = this.#catalog.read(event)
      if (read.kind !== 'events') return []
      const asked = read.events.filter(({ type }) => this.#types?.has(type) ?? true)
      return asked.map((current) => ({ ...event, ...current }))
    })
    const before = formatCursor(this.cursor)
    this.cursor = next
    for (const [index, event] of readable.entries()) {
      this.events.push({ ...event, cursor: index === readable.length - 1 ? formatCursor(next) : before })
    }
  }

  #mayHold({ events }: Pick<ConfirmedSegment | PendingRecord, 'events'>): boolean {
    const { stream } = this.#request
    if (stream !== undefined && !events.streams.includes(stream)) return false
    return this.#sources === undefined || events.types.some((type) => this.#sources?.has(type))
  }

  #isAskedFor(event: RecordedEvent): boolean {
    const { stream } = this.#request
    return (stream === undefined || event.stream === stream) && (this.#sources?.has(event.type) ?? true)
  }
}
