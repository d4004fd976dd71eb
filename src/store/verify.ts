import { pendingDamageOf } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import { endOf, MISSING } from './missing.ts'
import { unpackCommits } from './packed-commits.ts'
import { type DamageNote, letterDamageOf } from './quarantine.ts'
import type { StoredSegment } from './records.ts'
import { quarantineId } from './segment-reader.ts'
import { VersionCheck } from './version-check.ts'

/** A record that does not hold what it should. */
export interface DamagedRecord {
  /**
   * Table and key, as in `confirmed:512`; where the record itself is gone, with the last position that is missing. What was kept of the same key before has a
   * number behind it, as in `confirmed:512#1`.
   */
  readonly id: string
  /** What is wrong with it; says nothing of its contents. */
  readonly reason: string
  /** Positions that cannot be read, in the confirmed zone. */
  readonly range: { readonly first: number; readonly last: number } | undefined
  /** Whether it was replaced by what the server holds. */
  readonly repaired: boolean
  /** How many older notes were let go for it, all of what is whole again: the newest are kept. Absent: none. */
  readonly dropped?: number
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

/** Streams whose versions are counted in one pass: 10 MB or so. */
const MOST_STREAMS = 100_000

/**
 * Reads everything and checks it: checksums, the tables of contents, that positions follow each other without a gap, up to the cursor of a synced store, and
 * that stream versions count what is there. Changes nothing but the list of what is quarantined. A log of more than 100,000 streams is read several times, so that
 * no more of their names are in memory at a time.
 */
export async function verifyStore(store: EventStore, mostStreams = MOST_STREAMS): Promise<VerifyReport> {
  const taken = new Map<number, number>()
  const first = await walkThrough(store, new VersionCheck({ at: 0, of: 1 }, mostStreams, taken))
  const { shares } = first.versions
  let { miscounted } = first
  let { uncounted } = first.versions
  if (shares > 1) miscounted = []
  for (let at = 0; shares > 1 && at < shares; at++) {
    const next = await walkThrough(store, new VersionCheck({ at, of: shares }, mostStreams, taken))
    miscounted = [...miscounted, ...next.miscounted]
    uncounted += next.versions.uncounted
  }
  const outbox = await store.read(async (tx) => ({
    pending: await tx.read('pending', {}),
    deadLetters: await tx.read('deadLetters', {}),
  }))
  const inOrder = [...first.damaged, ...miscounted].sort((a, b) => (a.range?.last ?? 0) - (b.range?.last ?? 0))
  const found = new Map(inOrder.map((each) => [each.id, each]))
  for (const record of outbox.pending) note(found, quarantineId('pending', record.order), pendingDamageOf(record))
  for (const letter of outbox.deadLetters) note(found, quarantineId('deadLetters', letter.id), letterDamageOf(letter))
  // What was found in here is noted beside what was set aside at the same place.
  await store.damages.written()
  for (const known of await store.quarantined()) if (!found.has(known.id)) found.set(known.id, describe(known))
  const damaged = [...found.values()]
  return {
    ok: damaged.every(({ repaired }) => repaired),
    segments: first.segments,
    commits: first.commits,
    events: first.events,
    pending: outbox.pending.length,
    deadLetters: outbox.deadLetters.length,
    uncounted,
    damaged,
  }
}

async function walkThrough(store: EventStore, versions: VersionCheck): Promise<Walk> {
  const walk = new Walk(store, versions)
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
  versions.end()
  return walk
}

function note(found: Map<string, DamagedRecord>, id: string, reason: string | undefined): void {
  if (reason !== undefined) found.set(id, { id, reason, range: undefined, repaired: false })
}

function describe({ id, reason, range, repairedAt, dropped }: DamageNote): DamagedRecord {
  return { id, reason, range, repaired: repairedAt !== undefined, ...(dropped === undefined ? {} : { dropped }) }
}

class Walk {
  readonly #store: EventStore
  readonly versions: VersionCheck
  readonly damaged: DamagedRecord[] = []
  /** Those whose stream versions are wrong. */
  readonly miscounted: DamagedRecord[] = []
  position = 0
  segments = 0
  commits = 0
  events = 0

  constructor(store: EventStore, versions: VersionCheck) {
    this.#store = store
    this.versions = versions
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
    const problem = this.versions.problemIn(segment.events, segment.streamVersions, done)
    if (problem !== undefined) this.miscounted.push(damagedPart(stored.last, before, problem))
  }

  /** The log goes on behind this position, or has to reach it: what was not met up to there is missing. */
  end(position: number): void {
    if (position <= this.position) return
    this.#miss(position, this.position, MISSING)
    this.position = position
  }

  #miss(key: number, before: number, reason: string): void {
    this.versions.miss(key, Math.max(0, key - before))
    this.damaged.push(damagedPart(key, before, reason))
  }
}

function damagedPart(key: number, before: number, reason: string): DamagedRecord {
  const range = { first: before + 1, last: key }
  return { id: quarantineId('confirmed', key), reason, range, repaired: false }
}
