import { pendingDamageOf } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import { endOf, MISSING } from './missing.ts'
import { unpackCommits } from './packed-commits.ts'
import { type DamageNote, letterDamageOf } from './quarantine.ts'
import type { StoredSegment } from './records.ts'
import { quarantineId } from './segment-reader.ts'

/** A record that does not hold what it should. */
export interface DamagedRecord {
  /** Table and key, as in `confirmed:512`; where the record itself is gone, with the last position that is missing. */
  readonly id: string
  /** What is wrong with it; says nothing of its contents. */
  readonly reason: string
  /** Positions that cannot be read, in the confirmed zone. */
  readonly range: { readonly first: number; readonly last: number } | undefined
  /** Whether it was replaced by what the server holds. */
  readonly repaired: boolean
}

export interface VerifyReport {
  /** Nothing is damaged that was not replaced. */
  readonly ok: boolean
  readonly segments: number
  /** Confirmed commits and events that can be read. */
  readonly commits: number
  readonly events: number
  readonly pending: number
  readonly deadLetters: number
  /**
   * Streams that go on behind a damaged part that was not replaced. How many of their events it held nobody can count: their versions behind it are
   * taken as stated, as far as the part can have held as many.
   */
  readonly uncounted: number
  readonly damaged: readonly DamagedRecord[]
}

/** Segments read at a time; between two reads other calls come through. */
const PAGE = 16

/**
 * Reads everything and checks it: checksums, the tables of contents, that positions follow each other without a gap, up to the cursor of a synced store, and
 * that stream versions count what is there. Changes nothing but the list of what is quarantined.
 */
export async function verifyStore(store: EventStore): Promise<VerifyReport> {
  const walk = new Walk(store)
  for (;;) {
    const { position } = walk
    const { page, isThere, end } = await store.read(async (tx, { meta }) => ({
      page: await tx.read('confirmed', { after: position, limit: PAGE }),
      isThere: (await tx.get('confirmed', position)) !== undefined,
      end: endOf(meta),
    }))
    store.damages.lookForHoles(page, position)
    for (const [index, segment] of page.entries()) await walk.look(segment, index === 0 && !isThere)
    if (page.length === PAGE) continue
    walk.end(end)
    break
  }
  const outbox = await store.read(async (tx) => ({
    pending: await tx.read('pending', {}),
    deadLetters: await tx.read('deadLetters', {}),
  }))
  const found = new Map(walk.damaged.map((each) => [each.id, each]))
  for (const record of outbox.pending) note(found, quarantineId('pending', record.order), pendingDamageOf(record))
  for (const letter of outbox.deadLetters) note(found, quarantineId('deadLetters', letter.id), letterDamageOf(letter))
  for (const known of await store.quarantined()) if (!found.has(known.id)) found.set(known.id, describe(known))
  const damaged = [...found.values()]
  return {
    ok: damaged.every(({ repaired }) => repaired),
    segments: walk.segments,
    commits: walk.commits,
    events: walk.events,
    pending: outbox.pending.length,
    deadLetters: outbox.deadLetters.length,
    uncounted: walk.uncounted,
    damaged,
  }
}

function note(found: Map<string, DamagedRecord>, id: string, reason: string | undefined): void {
  if (reason !== undefined) found.set(id, { id, reason, range: undefined, repaired: false })
}

function describe({ id, reason, range, repairedAt }: DamageNote): DamagedRecord {
  return { id, reason, range, repaired: repairedAt !== undefined }
}

class Walk {
  readonly #store: EventStore
  readonly damaged: DamagedRecord[] = []
  readonly #versions = new Map<string, number>()
  /** Streams that were met since the last part that is missing; undefined where none is. */
  #met: Set<string> | undefined
  readonly #uncounted = new Set<string>()
  /** Events that are missing, less those that the versions behind them tell of. */
  #missing = 0
  position = 0
  segments = 0
  commits = 0
  events = 0

  constructor(store: EventStore) {
    this.#store = store
  }

  get uncounted(): number {
    return this.#uncounted.size
  }

  /** @param mayReachBack the one before it is no more: compaction has joined it with this one since */
  async look(stored: StoredSegment, mayReachBack: boolean): Promise<void> {
    const reason = await this.#store.damageIn(stored)
    if (reason === undefined) this.end(stored.first - 1)
    const before = this.position
    this.position = stored.last
    this.segments++
    const [segment] = await this.#store.open([stored])
    if (segment === undefined || reason !== undefined)
      return this.#miss(stored.last, before, reason ?? 'it cannot be read')
    const isNext = segment.first === before + 1 || (mayReachBack && segment.first <= before)
    if (!isNext) return this.#miss(stored.last, before, `it begins at ${segment.first}, behind ${before}`)
    const done = before + 1 - segment.first
    this.commits += unpackCommits(segment.commits).filter(({ offset }) => offset >= done).length
    this.events += segment.last - before
    const problem = this.#versionProblem(segment.events, segment.streamVersions, done)
    if (problem !== undefined) this.#damage(stored.last, before, problem)
  }

  /** The log goes on behind this position, or has to reach it: what was not met up to there is missing. */
  end(position: number): void {
    if (position <= this.position) return
    this.#miss(position, this.position, MISSING)
    this.position = position
  }

  #versionProblem(
    events: { readonly streams: readonly string[]; readonly streamOf: Uint32Array },
    stated: Uint32Array,
    done: number,
  ): string | undefined {
    for (const index of events.streamOf.subarray(done)) {
      const stream = events.streams[index] ?? ''
      this.#versions.set(stream, (this.#versions.get(stream) ?? 0) + 1)
    }
    let problem: string | undefined
    for (const [index, stream] of events.streams.entries()) {
      const version = stated[index] ?? 0
      problem ??= this.#problemOf(stream, version, this.#versions.get(stream) ?? 0)
      this.#versions.set(stream, version)
    }
    return problem
  }

  #problemOf(stream: string, stated: number, counted: number): string | undefined {
    const isFirst = this.#met !== undefined && !this.#met.has(stream)
    this.#met?.add(stream)
    if (isFirst && stated >= counted) {
      this.#uncounted.add(stream)
      this.#missing -= stated - counted
      return this.#missing < 0
        ? 'the stream versions count more events than the damaged parts before can have held'
        : undefined
    }
    return stated === counted ? undefined : `a stream version is ${stated} where ${counted} events are there`
  }

  #miss(key: number, before: number, reason: string): void {
    this.#met = new Set()
    this.#missing += Math.max(0, key - before)
    this.#damage(key, before, reason)
  }

  #damage(key: number, before: number, reason: string): void {
    this.damaged.push({
      id: quarantineId('confirmed', key),
      reason,
      range: { first: before + 1, last: key },
      repaired: false,
    })
  }
}
