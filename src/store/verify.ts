import { pendingDamageOf } from './check-segment.ts'
import type { EventStore } from './event-store.ts'
import { unpackCommits } from './packed-commits.ts'
import type { QuarantineRecord, StoredSegment } from './records.ts'
import { quarantineId } from './segment-reader.ts'

/** A record that does not hold what it should. */
export interface DamagedRecord {
  /** Table and key, as in `confirmed:512`. */
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
  readonly damaged: readonly DamagedRecord[]
}

/** Segments read at a time; between two reads other calls come through. */
const PAGE = 16

/**
 * Reads everything and checks it: checksums, the tables of contents, that positions follow each other without a gap, and that stream versions
 * count what is there. Changes nothing but the list of what is quarantined.
 */
export async function verifyStore(store: EventStore): Promise<VerifyReport> {
  const walk = new Walk(store)
  for (;;) {
    const page = await store.read((tx) => tx.read('confirmed', { after: walk.position, limit: PAGE }))
    for (const segment of page) await walk.look(segment)
    if (page.length < PAGE) break
  }
  const outbox = await store.read(async (tx) => ({
    pending: await tx.read('pending', {}),
    deadLetters: await tx.read('deadLetters', {}),
  }))
  const found = new Map(walk.damaged.map((each) => [each.id, each]))
  for (const record of outbox.pending) note(found, quarantineId('pending', record.order), pendingDamageOf(record))
  for (const { id, commit } of outbox.deadLetters) note(found, quarantineId('deadLetters', id), pendingDamageOf(commit))
  for (const known of await store.quarantined()) if (!found.has(known.id)) found.set(known.id, describe(known))
  const damaged = [...found.values()]
  return {
    ok: damaged.every(({ repaired }) => repaired),
    segments: walk.segments,
    commits: walk.commits,
    events: walk.events,
    pending: outbox.pending.length,
    deadLetters: outbox.deadLetters.length,
    damaged,
  }
}

function note(found: Map<string, DamagedRecord>, id: string, reason: string | undefined): void {
  if (reason !== undefined) found.set(id, { id, reason, range: undefined, repaired: false })
}

function describe({ id, reason, range, repairedAt }: QuarantineRecord): DamagedRecord {
  return { id, reason, range, repaired: repairedAt !== undefined }
}

class Walk {
  readonly #store: EventStore
  readonly damaged: DamagedRecord[] = []
  readonly #versions = new Map<string, number>()
  #isVersionKnown = true
  position = 0
  segments = 0
  commits = 0
  events = 0

  constructor(store: EventStore) {
    this.#store = store
  }

  async look(stored: StoredSegment): Promise<void> {
    const before = this.position
    this.position = stored.last
    this.segments++
    const [segment] = await this.#store.open([stored])
    const reason = await this.#store.damageIn(stored)
    if (segment === undefined || reason !== undefined) {
      this.#isVersionKnown = false
      return this.#damage(stored.last, before, reason ?? 'it cannot be read')
    }
    if (segment.first !== before + 1)
      return this.#damage(stored.last, before, `it begins at ${segment.first}, behind ${before}`)
    this.commits += unpackCommits(segment.commits).length
    this.events += segment.last - segment.first + 1
    const problem = this.#versionProblem(segment.events, segment.streamVersions)
    if (problem !== undefined) this.#damage(stored.last, before, problem)
  }

  #versionProblem(
    events: { readonly streams: readonly string[]; readonly streamOf: Uint32Array },
    stated: Uint32Array,
  ): string | undefined {
    for (const index of events.streamOf) {
      const stream = events.streams[index] ?? ''
      this.#versions.set(stream, (this.#versions.get(stream) ?? 0) + 1)
    }
    let problem: string | undefined
    for (const [index, stream] of events.streams.entries()) {
      const version = stated[index] ?? 0
      // Behind a damaged segment nobody can count; from there on what is stated has to be believed.
      if (this.#isVersionKnown && this.#versions.get(stream) !== version)
        problem = `a stream version is ${version} where ${this.#versions.get(stream)} events are there`
      this.#versions.set(stream, version)
    }
    return problem
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
