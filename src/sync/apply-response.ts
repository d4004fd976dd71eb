import { countOf } from '../event/packed-events.ts'
import { damageOf, toStored } from '../store/check-segment.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogCache } from '../store/log-cache.ts'
import {
  type CommitLetterRecord,
  type ConfirmedSegment,
  type Cursor,
  type DiscardedRecord,
  isAccepted,
  type MetaRecord,
  type PendingRecord,
} from '../store/records.ts'
import { buildSegments, type CommitRun } from '../store/segment.ts'
import type { StorageTransaction } from '../store/storage-backend.ts'
import { answeredWithdrawals } from './answered-withdrawals.ts'
import { assertPage, protocolError } from './assert-page.ts'
import { backoffMs } from './backoff.ts'
import { brokenBases } from './broken-bases.ts'
import type { ExchangeDraft } from './build-request.ts'
import { CONFLICT, conflictIn } from './conflict.ts'
import { discardedOf } from './discarded-of.ts'
import { doubtVerdict } from './doubt-verdict.ts'
import { packPulled } from './pack-pulled.ts'
import { stillHolds } from './still-holds.ts'
import { storedVerdict } from './stored-verdict.ts'
import type { ExchangeResponse, WireVerdict } from './wire.ts'

export interface ApplyContext {
  readonly now: number
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** How often a retryable refusal is tried by itself. */
  readonly maxAttempts: number
}

export type ApplyResult =
  | { readonly applied: true; readonly changes: readonly CommitChange[] }
  /** The log has moved since the request was made: the response is discarded whole. */
  | { readonly applied: false }
  /** An own commit came back without its body, and is not known here: ask again with bodies. */
  | { readonly applied: 'echo-unknown' }

/**
 * Applies a response in one transaction: confirmed segments written, each of their commits removed from wherever it lay, verdicts stored,
 * refused commits moved to the dead letters, cursor moved. All of it or none, and only on the log that the request was made from.
 *
 * @throws LarderError `server-protocol` when the page has a gap or does not fit the request; nothing is applied then
 */
export async function applyResponse(
  store: EventStore,
  draft: ExchangeDraft,
  response: ExchangeResponse,
  context: ApplyContext,
): Promise<ApplyResult> {
  assertPage(draft, response)
  return store.transition(async (tx, cache) => {
    if (!stillHolds(cache.meta, draft.basis)) return { applied: false }
    const application = new Application(tx, cache, { draft, response }, context)
    return application.run()
  })
}

/** One application: what is decided is gathered first, and written at the end in as few calls as can be. */
class Application {
  readonly #tx: StorageTransaction
  readonly #cache: LogCache
  readonly #draft: ExchangeDraft
  readonly #response: ExchangeResponse
  readonly #context: ApplyContext
  readonly #changes: CommitChange[] = []
  readonly #settled = new Set<string>()
  /** By id, commits that stay in the outbox, as they are from now on. */
  readonly #stays = new Map<string, PendingRecord>()
  /** By id, commits that become dead letters. */
  readonly #letters = new Map<string, CommitLetterRecord>()
  readonly #removePending: number[] = []
  readonly #removeDeadLetters: string[] = []
  readonly #removeDiscarded: string[] = []

  constructor(
    tx: StorageTransaction,
    cache: LogCache,
    { draft, response }: { readonly draft: ExchangeDraft; readonly response: ExchangeResponse },
    context: ApplyContext,
  ) {
    this.#draft = draft
    this.#tx = tx
    this.#cache = cache
    this.#response = response
    this.#context = context
  }

  async run(): Promise<ApplyResult> {
    const runs = await this.#confirmedRuns()
    if (runs === undefined) return { applied: 'echo-unknown' }
    const versions = await this.#cache.confirmedVersions(
      this.#tx,
      runs.flatMap((run) => run.events.streams),
    )
    const segments = buildSegments(this.#start + 1, runs, versions)
    if ((segments.at(-1)?.last ?? this.#start) !== this.#response.cursor.position)
      throw protocolError('the cursor does not fit the commits')
    await this.#judge()
    await this.#doubt()
    this.#breakBases(versions)
    const answered = await answeredWithdrawals(this.#tx, this.#draft, this.#response)
    const withdrawn = answered.filter(({ id }) => !this.#removeDiscarded.includes(id))
    const moved = this.#removePending.length + this.#removeDeadLetters.length
    const disturbed = moved + this.#stays.size + this.#letters.size > 0
    const { meta } = this.#cache
    const nextMeta: MetaRecord = {
      ...meta,
      authority: `server:${this.#response.cursor.epoch}`,
      cursor: this.#response.cursor,
      generation: meta.generation + (disturbed ? 1 : 0),
      serverDomain: this.#response.domain,
      attempt: 0,
      failedAt: 0,
      nextAttemptAt: 0,
      lastSuccessAt: this.#context.now,
      ...(this.#response.more || meta.pulled !== undefined ? {} : { pulled: this.#response.cursor.position }),
    }
    await Promise.all([
      this.#tx.put('confirmed', ...withMark(segments, this.#response.cursor).map(toStored)),
      this.#tx.delete('pending', ...this.#removePending),
      this.#tx.delete('deadLetters', ...this.#removeDeadLetters),
      this.#tx.delete('discarded', ...this.#removeDiscarded),
      this.#tx.put('pending', ...this.#stays.values()),
      this.#tx.put('deadLetters', ...this.#letters.values()),
      this.#tx.put('discarded', ...withdrawn),
      this.#tx.put('meta', nextMeta),
    ])
    return { applied: true, changes: this.#changes }
  }

  /** Where the page goes on from. Should the end of the log be lost, that is a hole in front of it. */
  get #start(): number {
    return this.#cache.meta.cursor?.position ?? this.#cache.head
  }

  async #confirmedRuns(): Promise<CommitRun[] | undefined> {
    const runs: CommitRun[] = []
    if (this.#start < this.#cache.head) throw protocolError('its cursor lies before the end of the log')
    let next = this.#start + 1
    const { pending, deadLetters } = this.#cache
    const unknown = this.#response.commits.filter(({ id }) => pending.find(id) === undefined && !deadLetters.has(id))
    const discarded = await discardedOf(this.#tx, unknown)
    for (const pulled of this.#response.commits) {
      const own = this.#takeOwn(pulled.id, discarded)
      const events = 'events' in pulled ? packPulled(pulled.events) : own?.events
      if (events === undefined) return undefined
      // An echo says its size only here.
      if (pulled.position !== next) throw protocolError('an echo of another size')
      next += countOf(events)
      this.#settled.add(pulled.id)
      const commit = {
        id: pulled.id,
        // As it lay here, by which feeds know it: a commit from a backup may be another device's on the server.
        device: own?.device ?? pulled.device,
        seq: own?.seq ?? pulled.seq,
        count: countOf(events),
        receivedAt: Date.parse(pulled.receivedAt),
        formerly: own?.formerly,
      }
      runs.push({ commit, events })
      this.#changes.push({ commit: pulled.id, to: 'confirmed', position: pulled.position })
    }
    return runs
  }

  /** Finds the commit where it lies on this device, and marks it to be removed from there. */
  #takeOwn(id: string, discarded: ReadonlyMap<string, DiscardedRecord>): PendingRecord | undefined {
    const pending = this.#cache.pending.find(id)
    if (pending !== undefined) {
      this.#removePending.push(pending.order)
      return pending
    }
    const deadLetter = this.#cache.deadLetters.get(id)
    if (deadLetter !== undefined) {
      this.#removeDeadLetters.push(id)
      return deadLetter.commit
    }
    const there = discarded.get(id)
    if (there !== undefined) this.#removeDiscarded.push(id)
    return there?.commit
  }

  /** Whether what was said of the outbox before still fits this log. */
  async #doubt(): Promise<void> {
    const removed = new Set(this.#removePending)
    for (const pending of this.#cache.pending.records) {
      if (this.#settled.has(pending.id) || removed.has(pending.order)) continue
      const record = this.#stays.get(pending.id) ?? pending
      const doubted = doubtVerdict(record, this.#response)
      if (doubted !== undefined && !(await this.#waitsForRepair(record))) this.#stays.set(pending.id, doubted)
    }
  }

  /** The server has it where a part of the log is missing here: it comes with that, and need not be sent again. */
  async #waitsForRepair({ id, verdict }: PendingRecord): Promise<boolean> {
    const position = verdict !== undefined && 'position' in verdict ? verdict.position : this.#response.head + 1
    return position <= Math.min(this.#start, this.#response.head) && (await this.#whereIs(id, position)) === 'nowhere'
  }

  async #judge(): Promise<void> {
    for (const verdict of this.#response.verdicts) {
      const record = this.#cache.pending.find(verdict.id)
      if (record === undefined || this.#settled.has(verdict.id)) continue
      if (verdict.status === 'rejected') {
        if (verdict.code === CONFLICT && record.command !== undefined) this.#decideAgain(record)
        else this.#refuse(record, verdict)
        continue
      }
      if ((verdict.status === 'accepted' || verdict.status === 'duplicate') && verdict.position <= this.#start) {
        const lies = await this.#whereIs(record.id, verdict.position)
        // It lies in the confirmed zone already, from before. Not by the server's word alone: the one copy of it would be gone.
        if (lies === 'elsewhere') throw protocolError('a commit is said to lie where another one lies')
        if (lies === 'there') {
          this.#removePending.push(record.order)
          this.#settled.add(record.id)
          this.#changes.push({ commit: record.id, to: 'confirmed', position: verdict.position })
          continue
        }
        // It is put in its place with what is missing around it, and leaves the outbox then.
      }
      const stored = storedVerdict(verdict, this.#response.domain)
      if (stored === undefined || JSON.stringify(stored) === JSON.stringify(record.verdict)) continue
      this.#stays.set(record.id, { ...record, verdict: stored })
      if (stored.status === 'accepted' || stored.status === 'duplicate') {
        this.#changes.push({ commit: record.id, to: 'accepted', position: stored.position })
      } else if (stored.status === 'held') this.#changes.push({ commit: record.id, to: 'held', position: undefined })
    }
  }

  /** Where the segment that should hold it is damaged, it counts as there: it is pulled again as it is on the server. */
  async #whereIs(id: string, position: number): Promise<'there' | 'elsewhere' | 'nowhere'> {
    const [found] = await this.#tx.readByIndex('commitIds', id, { limit: 1 })
    if (found !== undefined) return 'there'
    const [next] = await this.#tx.read('confirmed', { after: position - 1, limit: 1 })
    if (next === undefined) return 'nowhere'
    if (damageOf(next) !== undefined) return 'there'
    return next.first > position ? 'nowhere' : 'elsewhere'
  }

  /** Something came in front of commits that they do not stand on: the server can only refuse them. */
  #breakBases(versions: ReadonlyMap<string, number>): void {
    const broken = brokenBases(this.#cache, {
      versions,
      isConfirmed: (id) => this.#settled.has(id),
      isAccepted: (record) => isAccepted(this.#stays.get(record.id) ?? record),
      isRefused: (id) => this.#letters.has(id),
    })
    for (const { record, stream } of broken) {
      if (record.command === undefined) this.#refuse(record, { ...conflictIn(stream), retryable: false })
      else this.#decideAgain(record)
    }
  }

  /** Not before all is here that the server has now: what the command has to see may come with the pages that follow. */
  #decideAgain(record: PendingRecord): void {
    if (record.decideFrom !== undefined) return
    this.#stays.set(record.id, { ...record, verdict: undefined, decideFrom: this.#response.head })
  }

  #refuse(record: PendingRecord, refusal: Refusal): void {
    this.#stays.delete(record.id)
    this.#removePending.push(record.order)
    this.#letters.set(record.id, this.#deadLetter(record, refusal))
    this.#changes.push({ commit: record.id, to: 'rejected', position: undefined })
  }

  #deadLetter(record: PendingRecord, verdict: Refusal): CommitLetterRecord {
    const attempts = record.attempts + 1
    const again = verdict.retryable && attempts < this.#context.maxAttempts
    // The line's earlier commit is on the server: nothing may claim to replace it any more.
    const replaces = verdict.code === 'already-accepted' ? [] : record.replaces
    return {
      id: record.id,
      kind: 'commit',
      code: this.#isRestored(record) ? 'restore' : verdict.code,
      message: verdict.message,
      retryable: verdict.retryable,
      attempts,
      since: this.#context.now,
      nextAttemptAt: again ? this.#context.now + backoffMs(attempts, this.#context.random()) : undefined,
      commit: { ...record, attempts, replaces, verdict: undefined },
    }
  }

  /** The server had accepted it, before it lost it: what has gone wrong is the restore. The sentence says the rest. */
  #isRestored({ formerly }: PendingRecord): boolean {
    const { turns = [] } = this.#cache.meta
    return formerly !== undefined && turns.find(({ number }) => number === formerly.turn)?.why !== 'adoption'
  }
}

type Refusal = Pick<Extract<WireVerdict, { status: 'rejected' }>, 'code' | 'message' | 'retryable'>

/** The mark of the cursor belongs to the last commit of the page: a range can be pulled again from behind it. */
function withMark(segments: readonly ConfirmedSegment[], { position, mark }: Cursor): ConfirmedSegment[] {
  return segments.map((segment) => (segment.last === position ? { ...segment, marks: [{ position, mark }] } : segment))
}
