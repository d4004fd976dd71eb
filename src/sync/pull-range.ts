import { countOf, type PackedEvents } from '../event/packed-events.ts'
import { damageOf } from '../store/check-segment.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Positions } from '../store/missing.ts'
import type { Cursor, SegmentMark } from '../store/records.ts'
import type { CommitRun } from '../store/segment.ts'
import type { Answer } from './answer.ts'
import { PULL_LIMIT } from './build-request.ts'
import { packPulled } from './pack-pulled.ts'
import { type ExchangeResponse, PROTOCOL_VERSION } from './wire.ts'

export interface PullOptions {
  readonly store: EventStore
  readonly domain: string
  /** Asks the server, with a request that neither pushes nor withdraws. */
  readonly ask: (body: string) => Promise<Answer>
}

export interface PulledRange {
  readonly runs: readonly CommitRun[]
  /** Of the places within the range at which a page ended. */
  readonly marks: readonly SegmentMark[]
  /** How far it reaches: what is long is pulled in parts. */
  readonly last: number
}

/** A part of a range is held in memory and written in one transaction: it ends with the page with which it has so much, in events or UTF-16 units. */
const PART = { events: 16_384, units: 8 * 1024 * 1024 }
/** Segments looked through at a time for a mark. */
const PAGE = 16

/**
 * The commits that lie exactly at the beginning of a range, which is to end with one, or in part; undefined when the server does not give them.
 *
 * @param part how much is taken at a time
 */
export async function pullRange(
  { first, last }: Positions,
  options: PullOptions,
  part: { readonly events: number; readonly units: number } = PART,
): Promise<PulledRange | undefined> {
  const runs: CommitRun[] = []
  const marks: SegmentMark[] = []
  let cursor = await cursorBefore(options.store, first)
  let next = first
  let units = 0
  while (next <= last && next - first < part.events && units < part.units) {
    const response: ExchangeResponse | undefined = await page(
      cursor,
      Math.min(last - (cursor?.position ?? 0), part.events),
      options,
    )
    if (response === undefined) return undefined
    for (const commit of response.commits) {
      if (!('events' in commit)) return undefined
      const events: PackedEvents = packPulled(commit.events)
      const count = countOf(events)
      if (commit.position + count - 1 < first || commit.position > last) continue
      if (commit.position !== next || next + count - 1 > last) return undefined
      const receivedAt = Date.parse(commit.receivedAt)
      runs.push({ commit: { id: commit.id, device: commit.device, seq: commit.seq, count, receivedAt }, events })
      next += count
      units += events.body.length
    }
    const { position, mark } = response.cursor
    if (position <= (cursor?.position ?? 0)) return undefined
    if (position >= first && position === next - 1) marks.push({ position, mark })
    cursor = response.cursor
  }
  return { runs, marks, last: next - 1 }
}

/** @param most events that it should have: it ends with the range, and has a mark there, if the server can end it so */
async function page(cursor: Cursor | null, most: number, options: PullOptions): Promise<ExchangeResponse | undefined> {
  const { store, domain, ask } = options
  const { meta } = store.known
  const answer = await ask(
    JSON.stringify({
      protocol: PROTOCOL_VERSION,
      domain,
      device: meta.device,
      limit: Math.max(1, Math.min(PULL_LIMIT, most)),
      echo: false,
      cursor,
      withdraw: [],
      commits: [],
    }),
  )
  const isOurs = answer.kind === 'verdicts' && answer.response.cursor.epoch === meta.cursor?.epoch
  return isOurs ? answer.response : undefined
}

/** The last cursor that the server gave at or before a position; null is the beginning of its log. */
async function cursorBefore(store: EventStore, first: number): Promise<Cursor | null> {
  const epoch = store.known.meta.cursor?.epoch
  if (epoch === undefined) return null
  let upTo = first - 1
  while (upTo > 0) {
    const segments = await store.read((tx) => tx.read('confirmed', { upTo, limit: PAGE, direction: 'backward' }))
    for (const segment of segments) {
      const mark = damageOf(segment) === undefined ? segment.marks?.at(-1) : undefined
      if (mark !== undefined) return { epoch, ...mark }
    }
    const lowest = segments.at(-1)?.last
    if (lowest === undefined) return null
    upTo = lowest - 1
  }
  return null
}
