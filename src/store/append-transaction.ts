import { LarderError } from '../errors.ts'
import { concurrencyError, isExpectationMet } from '../event/expected-version.ts'
import { countByStream, countOf, type PackedEvents } from '../event/packed-events.ts'
import type { StorableCommit } from '../event/prepare-commit.ts'
import { checksumOfEvents, toStored } from './check-segment.ts'
import { type FoundCommit, findCommit, type OpenedSegments } from './find-commit.ts'
import type { LogCache } from './log-cache.ts'
import type { StreamEnds } from './pending-queue.ts'
import type { ConfirmedSegment, MetaRecord, PendingRecord, StoredSegment, StreamBasis } from './records.ts'
import { buildSegments, type CommitRun } from './segment.ts'
import type { StorageTransaction } from './storage-backend.ts'

export interface AppendMember {
  readonly commit: StorableCommit
  /** Earlier ids of the commit's line. */
  readonly replaces: readonly string[]
  /** The id may have been used before: by the app, or by the same call before a worker died. */
  readonly lookUp: boolean
}

export interface Stored {
  readonly commitId: string
  /** Of what is stored under the commit's id, where it was there before; else those that it was appended with. */
  readonly eventIds: readonly string[] | undefined
  /** Position of the first event where it is confirmed. */
  readonly position: number | undefined
}

export type AppendOutcome =
  | { readonly ok: true; readonly stored: Stored; readonly fresh: boolean }
  | { readonly ok: false; readonly error: LarderError }

export interface AppendResult {
  readonly outcomes: readonly AppendOutcome[]
  readonly meta: MetaRecord
  readonly segments: readonly ConfirmedSegment[]
  readonly pending: readonly PendingRecord[]
}

/** The group holds a commit that lies in sealed segments: open them, and run the group again. Nothing was written. */
export class SealedSegmentsMet extends Error {
  readonly segments: readonly StoredSegment[]

  constructor(segments: readonly StoredSegment[]) {
    super('Sealed segments have to be opened first')
    this.segments = segments
  }
}

/**
 * Judges each member on the log as it stands with the members before it, and writes those that hold. One transaction, so the promise of the
 * whole group is kept by its `complete` event alone. Expects `cache` to be brought up to date in this transaction.
 *
 * @throws SealedSegmentsMet
 */
export async function appendInTransaction(
  tx: StorageTransaction,
  cache: LogCache,
  members: readonly AppendMember[],
  now: number,
  opened: OpenedSegments,
): Promise<AppendResult> {
  const known = await Promise.all(
    members.map(({ commit, lookUp }) => (lookUp ? findCommit(tx, cache, commit.id, opened) : undefined)),
  )
  const sealed = known.flatMap((found) => (found?.sealedIn === undefined ? [] : [found.sealedIn]))
  if (sealed.length > 0) throw new SealedSegmentsMet(sealed)
  const isLocal = cache.meta.authority === 'local'
  const streams = members.flatMap(({ commit }) => (isLocal ? commit.events.streams : Object.keys(commit.expected)))
  const confirmedVersions = await cache.confirmedVersions(tx, streams)
  const draft = new Draft(cache, confirmedVersions, now)
  const outcomes = members.map((member, index) => draft.judge(member, known[index]))
  const { segments, pending, meta } = draft.result()
  if (segments.length > 0) await tx.put('confirmed', ...segments.map(toStored))
  if (pending.length > 0) await Promise.all([tx.put('pending', ...pending), tx.put('meta', meta)])
  return { outcomes, meta, segments, pending }
}

/** The group as it takes shape: what the members so far have added to the log. */
class Draft {
  readonly #cache: LogCache
  readonly #confirmed: ReadonlyMap<string, number>
  readonly #now: number
  readonly #ends: StreamEnds
  readonly #byId = new Map<string, Stored>()
  readonly #bodies = new Map<string, PackedEvents>()
  readonly #runs: CommitRun[] = []
  readonly #pending: PendingRecord[] = []
  #nextPosition: number
  #nextSeq: number
  #nextOrder: number

  constructor(cache: LogCache, confirmed: ReadonlyMap<string, number>, now: number) {
    this.#cache = cache
    this.#confirmed = confirmed
    this.#ends = cache.pending.draftEnds()
    this.#now = now
    this.#nextPosition = cache.nextPosition
    this.#nextSeq = cache.meta.nextSeq
    // Whatever the meta record says: what waits is not written over.
    this.#nextOrder = Math.max(cache.meta.nextOrder, (cache.pending.lastOrder ?? 0) + 1)
  }

  judge(member: AppendMember, known: FoundCommit | undefined): AppendOutcome {
    const { commit } = member
    const earlier = this.#bodies.get(commit.id)
    const before =
      known ??
      (earlier === undefined
        ? undefined
        : { events: earlier, position: this.#byId.get(commit.id)?.position, where: 'pending' })
    if (before !== undefined) return repeated(commit, before)
    for (const [stream, expected] of Object.entries(commit.expected)) {
      const actual = this.#version(stream)
      const isOther = commit.generation !== undefined && commit.generation !== this.#cache.meta.generation
      // What is confirmed is never replaced.
      const isReplaced = isOther && this.#ends.count(stream) > 0
      if (isReplaced || !isExpectationMet(expected, actual))
        return { ok: false, error: concurrencyError(stream, expected, actual) }
    }
    const stored = this.#cache.meta.authority === 'local' ? this.#confirm(commit) : this.#enqueue(member)
    this.#byId.set(commit.id, stored)
    this.#bodies.set(commit.id, commit.events)
    return { ok: true, stored, fresh: true }
  }

  result(): { segments: ConfirmedSegment[]; pending: PendingRecord[]; meta: MetaRecord } {
    const versions = new Map(this.#confirmed)
    const segments = buildSegments(this.#cache.nextPosition, this.#runs, versions)
    const meta = { ...this.#cache.meta, nextSeq: this.#nextSeq, nextOrder: this.#nextOrder }
    return { segments, pending: this.#pending, meta }
  }

  #version(stream: string): number {
    return (this.#confirmed.get(stream) ?? 0) + this.#ends.count(stream)
  }

  /** In a local store a commit's seq is the position of its first event: unique, growing, and needs no counter. */
  #confirm(commit: StorableCommit): Stored {
    const count = countOf(commit.events)
    const position = this.#nextPosition
    this.#nextPosition += count
    const header = { id: commit.id, device: this.#cache.meta.device, seq: position, count, receivedAt: Number.NaN }
    this.#runs.push({ commit: header, events: commit.events })
    this.#note(commit)
    return { commitId: commit.id, eventIds: undefined, position }
  }

  #enqueue({ commit, replaces }: AppendMember): Stored {
    const basis = Object.fromEntries(
      Object.keys(commit.expected).map((stream): [string, StreamBasis] => [stream, this.#basisIn(stream)]),
    )
    this.#pending.push({
      id: commit.id,
      device: this.#cache.meta.device,
      seq: this.#nextSeq++,
      order: this.#nextOrder++,
      count: countOf(commit.events),
      madeAt: this.#now,
      events: commit.events,
      expected: commit.expected,
      basis,
      replaces,
      verdict: undefined,
      attempts: 0,
      checksum: checksumOfEvents(commit.events),
      ...(commit.command === undefined ? {} : { command: commit.command }),
    })
    this.#note(commit)
    return { commitId: commit.id, eventIds: undefined, position: undefined }
  }

  #basisIn(stream: string): StreamBasis {
    return { confirmed: this.#confirmed.get(stream) ?? 0, behind: [...this.#ends.behind(stream)] }
  }

  #note(commit: StorableCommit): void {
    const counts = countByStream(commit.events)
    for (const [index, stream] of commit.events.streams.entries())
      this.#ends.add(stream, { id: commit.id, count: counts[index] ?? 0 }, Object.hasOwn(commit.expected, stream))
  }
}

/** Where the stored events cannot be read any more, the id alone says that it is the same. */
function repeated(commit: StorableCommit, before: FoundCommit): AppendOutcome {
  if (before.events === undefined || sameFacts(commit.events, before.events)) {
    const eventIds = before.events === undefined ? undefined : idsOf(before.events)
    return {
      ok: true,
      stored: { commitId: commit.id, eventIds, position: before.position },
      fresh: false,
    }
  }
  return {
    ok: false,
    error: new LarderError(
      'id-reused',
      `Commit ${commit.id} is stored already, with other events: give every new commit a new id`,
      {
        details: { id: commit.id },
      },
    ),
  }
}

/** Whether two runs say the same, whenever they were said: ids and times of the events do not count. */
function sameFacts(a: PackedEvents, b: PackedEvents): boolean {
  return factsOf(a) === factsOf(b)
}

function factsOf(events: PackedEvents): string {
  const parsed = JSON.parse(`[${events.body}]`) as { type: string; version: number; stream: string; data: unknown }[]
  return JSON.stringify(parsed.map(({ type, version, stream, data }) => [type, version, stream, data]))
}

function idsOf(events: PackedEvents): string[] {
  return (JSON.parse(`[${events.body}]`) as { id: string }[]).map(({ id }) => id)
}
