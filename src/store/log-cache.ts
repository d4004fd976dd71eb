import { LarderError } from '../errors.ts'
import { pendingDamageOf } from './check-segment.ts'
import { readConfirmedVersions } from './confirmed-versions.ts'
import { GivenOut, goneOn } from './given-out.ts'
import { endOf, holesIn } from './missing.ts'
import type { OwnWrites } from './own-writes.ts'
import { PendingQueue } from './pending-queue.ts'
import { letterDamageOf, quarantineDamaged } from './quarantine.ts'
import type {
  CommitLetterRecord,
  ConfirmedSegment,
  DeadLetterRecord,
  HandlerLetterRecord,
  MetaRecord,
  PendingRecord,
} from './records.ts'
import { openPlain } from './segment-reader.ts'
import type { StorageTransaction } from './storage-backend.ts'
import { StreamVersions } from './stream-versions.ts'

/** Segments read at once when another tab was busy; more than this and versions are dropped instead of followed. */
const FOLLOW_LIMIT = 8
/** Dead letters that are read one by one. */
const FEW_LETTERS = 8

/** What changed in the log, for those who keep something derived from it. */
export interface LogChange {
  /** Something was removed, moved or replaced: the outbox is a new one, and all that was derived from the old is void. */
  readonly reset: boolean
  /** A damaged part of the confirmed zone was replaced: whatever was folded over it is void. Default false. */
  readonly repaired?: boolean
  /** New confirmed segments right behind what was known; undefined when there are too many to pass on: read them from the store. */
  readonly confirmed: readonly ConfirmedSegment[] | undefined
  /** Commits that were added at the end of the outbox. Without a reset only. */
  readonly pending: readonly PendingRecord[]
}

/** What the heads of the log were when a transaction looked. */
export interface Heads {
  readonly meta: MetaRecord
  readonly confirmed: number
  readonly pending: number | undefined
}

export const LOG_TABLES = ['meta', 'confirmed', 'pending', 'deadLetters'] as const

/**
 * This tab's memory of the log: heads, outbox, dead letters, and the versions of the streams used last. It is brought up to date inside
 * every transaction: another generation drops it, another head only reads what is new. So tabs need no lock between them to append.
 */
export class LogCache {
  meta: MetaRecord
  /** Position of the last confirmed event. */
  head: number
  pending: PendingQueue
  /** Refused commits, by commit id. */
  deadLetters: Map<string, CommitLetterRecord>
  /** Events whose handler kept failing, by letter id. */
  handlerLetters: Map<string, HandlerLetterRecord>
  readonly versions = new StreamVersions()
  /** Whoever looked last found the log as it was known: so will the next, most likely. */
  wasCurrent = true

  constructor(
    meta: MetaRecord,
    head: number,
    pending: readonly PendingRecord[],
    deadLetters: readonly DeadLetterRecord[],
  ) {
    this.meta = meta
    this.head = head
    this.deadLetters = byId(deadLetters.filter(isCommitLetter))
    this.handlerLetters = byId(deadLetters.filter(isHandlerLetter))
    this.pending = this.#queueOf(pending)
  }

  /** Where a local store goes on: a position that was given out is not given out again, though what lay there may be lost. */
  get nextPosition(): number {
    return Math.max(this.head, endOf(this.meta)) + 1
  }

  /**
   * In a write transaction with the table `quarantine`: records of outbox and dead letters that cannot be read are moved there.
   *
   * @param onDiscarded told each commit that was discarded: all of them are looked at here, and never again
   */
  static async load(
    tx: StorageTransaction,
    now: number,
    onDiscarded: (commit: PendingRecord) => void = () => undefined,
  ): Promise<LogCache> {
    // Asked for at once: each question that waits for another's answer is a round trip in which opening a store waits.
    const [heads, { pending, deadLetters, hasMoved }] = await Promise.all([
      readHeads(tx),
      quarantineDamaged(tx, now, onDiscarded),
    ])
    const { meta, confirmed } = hasMoved ? await readHeads(tx) : heads
    return new LogCache(meta, confirmed, pending, deadLetters)
  }

  /**
   * Follows what other tabs wrote; answers undefined when nothing did.
   *
   * @param own what this tab has written since it looked last: where nobody else wrote, no more than that is read
   */
  async follow(tx: StorageTransaction, heads: Heads, own?: OwnWrites): Promise<LogChange | undefined> {
    const replaced = isAnotherLog(this.meta, heads.meta) || heads.confirmed < this.head
    const reset = replaced || isDisturbed(this.meta, heads.meta)
    const repaired = replaced || heads.meta.repairs !== this.meta.repairs
    if (repaired) this.versions.clear()
    const grown = replaced || heads.confirmed > this.head
    const queued = heads.pending !== undefined && heads.pending > (this.pending.lastOrder ?? Number.NEGATIVE_INFINITY)
    const confirmed = replaced ? undefined : grown ? await this.#readSegments(tx) : []
    const touched = reset && !replaced ? touchedSince(this.meta, heads.meta) : undefined
    let pending: readonly PendingRecord[] = []
    const given = new GivenOut(heads.meta.device)
    if (reset && !replaced && own !== undefined && isLeftBy(own, this.meta, heads.meta)) {
      await this.#followOwn(tx, own)
    } else if (touched !== undefined) {
      const [letters, added] = await Promise.all([
        Promise.all(touched.map((id) => tx.get('deadLetters', id))),
        queued ? this.#readAdded(tx) : [],
      ])
      for (const [index, id] of touched.entries()) this.#replaceLetter(id, letters[index])
      pending = added
      for (const record of added) this.pending.push(record)
    } else if (reset) {
      const [all, deadLetters] = await Promise.all([tx.read('pending', {}), tx.read('deadLetters', {})])
      const readable = deadLetters.filter((letter) => letterDamageOf(letter) === undefined)
      this.deadLetters = byId(readable.filter(isCommitLetter))
      this.handlerLetters = byId(readable.filter(isHandlerLetter))
      this.pending = this.#queueOf(all.filter((record) => pendingDamageOf(record) === undefined))
      given.addWaiting(this)
    } else if (queued) {
      pending = await this.#readAdded(tx)
      for (const record of pending) this.pending.push(record)
    }
    for (const record of pending) given.add(record)
    this.meta = goneOn(this.meta, heads.meta, given)
    this.head = heads.confirmed
    this.wasCurrent = !(reset || grown || pending.length > 0)
    return this.wasCurrent ? undefined : { reset, repaired, confirmed, pending: reset ? [] : pending }
  }

  /** What stays as it was is not read again: an outbox of thousands would be, once for each page that confirms some of it. */
  async #followOwn(tx: StorageTransaction, own: OwnWrites): Promise<void> {
    const [letters, written, added] = await Promise.all([
      readLetters(tx, own.deadLetters),
      readWritten(tx, own.pending),
      this.#readAdded(tx),
    ])
    for (const id of own.deadLetters.keys()) this.#replaceLetter(id, letters.get(id))
    const stays = this.pending.records.filter(({ order }) => !own.pending.has(order))
    const known = new Set(added.map(({ order }) => order))
    const readable = written.filter(
      (record) => own.pending.has(record.order) && !known.has(record.order) && pendingDamageOf(record) === undefined,
    )
    this.pending = this.#queueOf([...stays, ...readable, ...added].sort((a, b) => a.order - b.order))
  }

  async #readAdded(tx: StorageTransaction): Promise<readonly PendingRecord[]> {
    const last = this.pending.lastOrder
    const added = await tx.read('pending', last === undefined ? {} : { after: last })
    return added.filter((record) => pendingDamageOf(record) === undefined)
  }

  /** In place: a copy of all for each that comes would take as long as all of them for each. */
  #replaceLetter(id: string, letter: DeadLetterRecord | undefined): void {
    this.deadLetters.delete(id)
    this.handlerLetters.delete(id)
    if (letter === undefined || letterDamageOf(letter) !== undefined) return
    if (isCommitLetter(letter)) this.deadLetters.set(id, letter)
    else if (isHandlerLetter(letter)) this.handlerLetters.set(id, letter)
  }

  /**
   * Whether the log stands as this tab knows it. A local log grows in its confirmed zone and has no outbox; that of a server has its confirmed zone grow
   * with the cursor, which lies in the meta record: so each is asked for what the other cannot have.
   */
  async isCurrent(tx: StorageTransaction): Promise<boolean> {
    const { lastOrder } = this.pending
    const [meta, added] = await Promise.all([
      tx.get('meta', 'log'),
      this.meta.authority === 'local'
        ? tx.read('confirmed', { after: this.head, limit: 1 })
        : tx.read('pending', lastOrder === undefined ? { limit: 1 } : { after: lastOrder, limit: 1 }),
    ])
    // All of it: an append writes back what it does not change.
    return JSON.stringify(meta) === JSON.stringify(this.meta) && added.length === 0
  }

  async #readSegments(tx: StorageTransaction): Promise<readonly ConfirmedSegment[] | undefined> {
    const segments = await tx.read('confirmed', { after: this.head, limit: FOLLOW_LIMIT + 1 })
    if (segments.length > FOLLOW_LIMIT) {
      this.versions.clear()
      return undefined
    }
    const opened = holesIn(segments, this.head).length === 0 ? openPlain(segments) : undefined
    // What has to be decoded, or is damaged or missing, is read from the store by whoever wants it.
    if (opened === undefined) this.versions.clear()
    else for (const segment of opened) this.noteVersions(segment)
    return opened
  }

  #queueOf(records: readonly PendingRecord[]): PendingQueue {
    return new PendingQueue(records, (id) => this.deadLetters.has(id))
  }

  noteVersions(segment: ConfirmedSegment): void {
    for (const [index, stream] of segment.events.streams.entries())
      this.versions.advance(stream, segment.streamVersions[index] ?? 0)
  }

  /** Confirmed versions of these streams, read where this tab does not know them. */
  async confirmedVersions(tx: StorageTransaction, streams: Iterable<string>): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    const unknown = new Set<string>()
    for (const stream of streams) {
      if (this.head === 0) this.versions.set(stream, 0)
      const version = this.versions.get(stream)
      if (version === undefined) unknown.add(stream)
      else found.set(stream, version)
    }
    if (unknown.size === 0) return found
    for (const [stream, version] of await readConfirmedVersions(tx, unknown)) {
      this.versions.set(stream, version)
      found.set(stream, version)
    }
    return found
  }
}

export async function readHeads(tx: StorageTransaction): Promise<Heads> {
  const [meta, confirmed, pending] = await Promise.all([
    tx.get('meta', 'log'),
    tx.lastKey('confirmed'),
    tx.lastKey('pending'),
  ])
  if (meta === undefined) {
    throw new LarderError(
      'storage-damaged',
      'The store has lost its meta record: export what is left, and restore a backup',
      {
        details: { record: 'meta:log' },
      },
    )
  }
  return { meta, confirmed: confirmed ?? 0, pending }
}

function isCommitLetter(letter: DeadLetterRecord): letter is CommitLetterRecord {
  return letter.kind === 'commit'
}

function isHandlerLetter(letter: DeadLetterRecord): letter is HandlerLetterRecord {
  return letter.kind === 'handler'
}

/**
 * Whether somebody has made a fresh log in the place of the one that was known, as when the data of the site was cleared while this tab was open. Both
 * begin at generation 0. A device that forked goes on with its log.
 */
function isAnotherLog({ device }: MetaRecord, now: MetaRecord): boolean {
  return now.device !== device && now.forks?.some((fork) => fork.device === device) !== true
}

/** Where an older meta record was put back, and gone on with, it may have come to the generation that was known: the device is another one then. */
function isDisturbed({ device, generation }: MetaRecord, now: MetaRecord): boolean {
  return now.generation !== generation || now.device !== device
}

/** The dead letters that are all that has changed since; undefined where it may be more. */
function touchedSince(known: MetaRecord, { generation, touched }: MetaRecord): readonly string[] | undefined {
  const isAll = touched?.generation === generation && known.generation === generation - 1
  return isAll ? touched.letters : undefined
}

/** All at once where there are many: each by itself would take longer. */
async function readLetters(
  tx: StorageTransaction,
  written: OwnWrites['deadLetters'],
): Promise<ReadonlyMap<string, DeadLetterRecord>> {
  const there = [...written].flatMap(([id, isThere]) => (isThere ? [id] : []))
  const few = there.length <= FEW_LETTERS
  const letters = few
    ? await Promise.all(there.map((id) => tx.get('deadLetters', id)))
    : await tx.read('deadLetters', {})
  return byId(letters.filter((letter) => letter !== undefined))
}

/** From the first that was written to the last, and what lies between. */
async function readWritten(tx: StorageTransaction, written: OwnWrites['pending']): Promise<readonly PendingRecord[]> {
  const there = [...written].flatMap(([order, isThere]) => (isThere ? [order] : []))
  if (there.length === 0) return []
  const [first, last] = there.reduce(
    ([least, most], order) => [Math.min(least, order), Math.max(most, order)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  return tx.read('pending', { after: first - 1, upTo: last })
}

/** Whether the log is as this tab's transaction left it: it began on what was known, and nobody has changed the outbox since. */
function isLeftBy({ meta }: OwnWrites, known: MetaRecord, now: MetaRecord): boolean {
  return meta !== undefined && now.generation === known.generation + 1 && JSON.stringify(meta) === JSON.stringify(now)
}

function byId<L extends DeadLetterRecord>(records: readonly L[]): Map<string, L> {
  return new Map(records.map((record) => [record.id, record]))
}
