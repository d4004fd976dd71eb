import { countByStream, countOf, eventText, packTexts, unpackEvent } from '../event/packed-events.ts'
import { isMadeUp, openTurnOf } from './begin-turn.ts'
import { checksumOfEvents, damageOf, toStored } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import type { LogCache } from './log-cache.ts'
import { holesIn, MISSING } from './missing.ts'
import { type PlacedCommit, unpackCommits } from './packed-commits.ts'
import { putNotes } from './quarantine.ts'
import { readPages } from './read-pages.ts'
import type { ConfirmedSegment, Cursor, MetaRecord, PendingRecord, StoredSegment, Turn } from './records.ts'
import { reviseBases, type StreamVersion } from './revise-bases.ts'
import { buildSegment } from './segment.ts'
import { quarantineId } from './segment-reader.ts'
import type { StorageTransaction } from './storage-backend.ts'

/** Segments that one transaction takes back, of some hundred events each: whoever appends meanwhile waits no longer than that. */
const STEP_SEGMENTS = 4
/**
 * Moves what lies above the place of the open turn back into the outbox, in front of what waits there: the newest first, and each a place further to the
 * front, so that at every moment the confirmed zone is a prefix of the log and the outbox the rest. Each transaction leaves a log that can be read, and from
 * which any tab goes on. Answers when there is nothing left to be moved, and the log goes on from that place.
 *
 * @param mayGoOn asked before each transaction, and in it of what is stored; false: it is left where it is
 */
export async function turnBack(store: EventStore, mayGoOn: (meta: MetaRecord) => boolean, now: number): Promise<void> {
  while (openTurnOf(store.known.meta) !== undefined && mayGoOn(store.known.meta)) await step(store, mayGoOn, now)
}

async function step(store: EventStore, mayGoOn: (meta: MetaRecord) => boolean, now: number): Promise<void> {
  const { stored, turn } = await store.read(async (tx, { meta }) => {
    const open = openTurnOf(meta)
    const range = { after: placeOf(open), limit: STEP_SEGMENTS, direction: 'backward' } as const
    return { turn: open, stored: open === undefined ? [] : await tx.read('confirmed', range) }
  })
  if (turn === undefined) return
  const opened = await store.open(stored)
  const moved = await store.transition(async (tx, cache) => {
    const { meta } = cache
    if (JSON.stringify(openTurnOf(meta)) !== JSON.stringify(turn) || !mayGoOn(meta)) return []
    // Merged meanwhile, or mended.
    const present = await Promise.all(stored.map(({ last }) => tx.get('confirmed', last)))
    if (!present.every((segment, index) => isSame(segment, stored[index]))) return []
    const [first] = await tx.read('confirmed', { after: placeOf(turn), limit: 1 })
    if (first === undefined) {
      await tx.put('meta', closed(meta, turn))
      return []
    }
    const back = new TakingBack(tx, cache, { turn, now, lines: await readLines(tx) })
    for (const [index, segment] of stored.entries()) await back.take(segment, opened[index])
    await back.put()
    return back.damaged
  })
  for (const key of moved) store.damages.forget(key)
}

function placeOf(turn: Turn | undefined): number {
  return turn?.known?.position ?? 0
}

function isSame(now: StoredSegment | undefined, then: StoredSegment | undefined): boolean {
  return now !== undefined && then !== undefined && now.first === then.first && now.checksum === then.checksum
}

/** The log goes on from the place that was found. */
function closed(meta: MetaRecord, turn: Turn): MetaRecord {
  const at = placeOf(turn)
  return {
    ...meta,
    turns: [...(meta.turns ?? []).slice(0, -1), { ...turn, isOpen: false }],
    authority: `server:${turn.known?.epoch ?? ''}`,
    cursor: turn.known,
    generation: meta.generation + 1,
    repairs: (meta.repairs ?? 0) + 1,
    compactedTo: Math.min(meta.compactedTo ?? 0, at),
    ...(meta.pulled === undefined ? {} : { pulled: Math.min(meta.pulled, at) }),
  }
}

interface TakingBackOptions {
  readonly turn: Turn
  readonly now: number
  /** By commit, the earlier ids of its line. */
  readonly lines: ReadonlyMap<string, readonly string[]>
}

/** What replaced another here says so again, should a copy of the other still be on its way. */
async function readLines(tx: StorageTransaction): Promise<TakingBackOptions['lines']> {
  const lines = new Map<string, readonly string[]>()
  for await (const page of readPages(tx, 'discarded'))
    for (const { id, why, note, commit } of page) if (why === 'replaced') lines.set(note, [...commit.replaces, id])
  return lines
}

/** One transaction: what is decided is gathered first, and written at the end. */
class TakingBack {
  /** Keys of segments that could not be read: they lie in quarantine as they were. */
  readonly damaged: number[] = []
  readonly #tx: StorageTransaction
  readonly #cache: LogCache
  readonly #now: number
  readonly #lines: TakingBackOptions['lines']
  /** The last first. */
  readonly #taken: StoredSegment[] = []
  readonly #records: PendingRecord[] = []
  readonly #versions: StreamVersion[] = []
  #turn: Turn
  #kept: ConfirmedSegment | undefined
  #order: number

  constructor(tx: StorageTransaction, cache: LogCache, { turn, now, lines }: TakingBackOptions) {
    this.#tx = tx
    this.#cache = cache
    this.#turn = turn
    this.#now = now
    this.#lines = lines
    this.#order = cache.meta.lowOrder
  }

  /** @param segment the same, readable; without events where it is damaged */
  async take(stored: StoredSegment, segment: ConfirmedSegment | undefined): Promise<void> {
    this.#taken.push(stored)
    if (segment === undefined || segment.commits.ids.length === 0) return this.#setAside(stored)
    const commits = unpackCommits(segment.commits)
    const at = placeOf(this.#turn)
    const versions = new Map(
      segment.events.streams.map((stream, index) => [stream, segment.streamVersions[index] ?? 0]),
    )
    for (const commit of commits.toReversed()) {
      if (segment.first + commit.offset + commit.count - 1 > at) this.#takeCommit(segment, commit, versions)
    }
    const kept = commits.filter(({ offset, count }) => segment.first + offset + count - 1 <= at)
    if (kept.length > 0) this.#keep(segment, kept, versions)
  }

  async put(): Promise<void> {
    const { meta } = this.#cache
    const waiting = this.#cache.pending.records
    const revised = reviseBases(waiting, [...this.#cache.deadLetters.values()], this.#versions)
    const kept = this.#kept
    await this.#noteHoles()
    await Promise.all([
      this.#tx.delete('confirmed', ...this.#taken.map(({ last }) => last).filter((key) => key !== kept?.last)),
      kept === undefined ? undefined : this.#tx.put('confirmed', toStored(kept)),
      this.#tx.put('pending', ...this.#records, ...revised.pending),
      this.#tx.put('deadLetters', ...revised.letters),
      this.#tx.put('meta', {
        ...meta,
        lowOrder: this.#order,
        turns: [...(meta.turns ?? []).slice(0, -1), this.#turn],
        generation: meta.generation + 1,
        // Whatever was folded over what has moved is void.
        repairs: (meta.repairs ?? 0) + 1,
        compactedTo: Math.min(meta.compactedTo ?? 0, placeOf(this.#turn)),
      }),
    ])
  }

  /** @param versions of the streams behind the commit; moved to before it */
  #takeCommit(segment: ConfirmedSegment, commit: PlacedCommit, versions: Map<string, number>): void {
    const { id, count, offset } = commit
    const first = segment.first + offset
    const events = eventsOf(segment, commit)
    const counts = countByStream(events)
    for (const [index, stream] of events.streams.entries()) {
      const version = versions.get(stream) ?? 0
      const share = { id, count: counts[index] ?? 0 }
      versions.set(stream, version - share.count)
      this.#versions.push({ stream, version, share })
    }
    // In a local store every commit is this device's, wherever it was first made.
    const isLocal = this.#turn.why === 'adoption'
    this.#records.push({
      id,
      device: isLocal ? this.#cache.meta.device : commit.device,
      seq: isLocal ? this.#turn.seqBase + first : commit.seq,
      order: --this.#order,
      count,
      madeAt: events.minTime,
      events,
      expected: {},
      basis: {},
      replaces: this.#lines.get(id) ?? [],
      verdict: undefined,
      attempts: 0,
      checksum: checksumOfEvents(events),
      formerly: { turn: this.#turn.number, position: first + count - 1 },
    })
  }

  /** Compaction has merged what stays with what goes. */
  #keep(segment: ConfirmedSegment, commits: readonly PlacedCommit[], versions: Map<string, number>): void {
    const runs = commits.map((commit) => ({ commit, events: eventsOf(segment, commit) }))
    const before = new Map(versions)
    for (const { events } of runs) {
      const counts = countByStream(events)
      for (const [index, stream] of events.streams.entries())
        before.set(stream, (before.get(stream) ?? 0) - (counts[index] ?? 0))
    }
    const marks = (segment.marks ?? []).filter(({ position }) => position <= placeOf(this.#turn))
    this.#kept = buildSegment(segment.first, runs, before, marks)
  }

  /** What cannot be read cannot be offered again: it is kept as it is. Where it holds the place as well, the log goes on from before it. */
  async #setAside(stored: StoredSegment): Promise<void> {
    const { last } = stored
    const [before] = await this.#tx.read('confirmed', { upTo: last - 1, limit: 1, direction: 'backward' })
    const first = (before?.last ?? 0) + 1
    const id = quarantineId('confirmed', last)
    const reason = damageOf(stored) ?? 'it cannot be read'
    const range = { first, last }
    await putNotes(this.#tx, [
      { id, table: 'confirmed', key: last, reason, at: this.#now, range, repairedAt: undefined, record: stored },
    ])
    this.damaged.push(last)
    if (first <= placeOf(this.#turn)) this.#turn = { ...this.#turn, known: await this.#placeBefore(first) }
  }

  /**
   * What is missing cannot be offered again either, and nothing shows it once the log is set back behind it. Where that is for want of a meta record alone, the
   * server still has it there: it is noted as what is to be pulled, and is settled when it was.
   */
  async #noteHoles(): Promise<void> {
    const upTo = (this.#taken.at(-1)?.last ?? 0) - 1
    const [before] = await this.#tx.read('confirmed', { upTo, limit: 1, direction: 'backward' })
    const record = isMadeUp(this.#turn) ? undefined : null
    for (const range of holesIn(this.#taken.toReversed(), before?.last ?? 0)) {
      const key = range.last
      const id = quarantineId('confirmed', key)
      await putNotes(this.#tx, [
        { id, table: 'confirmed', key, reason: MISSING, at: this.#now, range, repairedAt: undefined, record },
      ])
    }
  }

  async #placeBefore(position: number): Promise<Cursor | null> {
    const epoch = this.#turn.known?.epoch
    let upTo = position - 1
    while (epoch !== undefined && upTo > 0) {
      const [segment] = await this.#tx.read('confirmed', { upTo, limit: 1, direction: 'backward' })
      if (segment === undefined) return null
      const mark = damageOf(segment) === undefined ? segment.marks?.at(-1) : undefined
      if (mark !== undefined) return { epoch, ...mark }
      upTo = segment.last - 1
    }
    return null
  }
}

function eventsOf({ events }: ConfirmedSegment, { offset, count }: PlacedCommit): PendingRecord['events'] {
  if (count === countOf(events)) return events
  const indexes = Array.from({ length: count }, (_, index) => offset + index)
  return packTexts(
    indexes.map((index) => unpackEvent(events, index)),
    indexes.map((index) => eventText(events, index)),
  )
}
