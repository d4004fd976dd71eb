import { closedError, LarderError, nameOfError } from '../errors.ts'
import type { StorableCommit } from '../event/prepare-commit.ts'
import { type Meter, noMeter } from '../metrics/instruments.ts'
import type { Clock, Codec, Ids, Logger } from '../platform/ports.ts'
import { appendAtOnce } from './append-at-once.ts'
import { AppendQueue, type WaitingAppend, waitFor } from './append-queue.ts'
import { type AppendResult, appendInTransaction, SealedSegmentsMet, type Stored } from './append-transaction.ts'
import { DamageLog } from './damage-log.ts'
import { type FoundCommit, findCommit } from './find-commit.ts'
import { LOG_TABLES, type LogCache, type LogChange, readHeads } from './log-cache.ts'
import { Mutex } from './mutex.ts'
import { openLog } from './open-log.ts'
import { refuseDestroyed } from './open-meta.ts'
import { NotingTransaction, type OwnWrites } from './own-writes.ts'
import { type DamageNote, readNotes } from './quarantine.ts'
import { ReadAhead } from './read-ahead.ts'
import type { ConfirmedSegment, StoredSegment, TableName } from './records.ts'
import type { Removal } from './removal.ts'
import { SegmentReader } from './segment-reader.ts'
import { tellingSilence } from './silence.ts'
import type { StorageBackend, StorageTransaction } from './storage-backend.ts'
import { type StoreEvent, StoreListeners } from './store-listeners.ts'
import { writeApart } from './write-apart.ts'

const APPEND_TABLES: readonly TableName[] = [...LOG_TABLES, 'discarded']
const ALL_TABLES: readonly TableName[] = [...APPEND_TABLES, 'quarantine']
const TRANSITION_TABLES: readonly TableName[] = [...ALL_TABLES, 'handlers']

export interface EventStoreOptions {
  readonly backend: StorageBackend
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  /** For segments that are sealed; without one, none is, and those that are cannot be read. */
  readonly codec?: Codec | undefined
  /** Default: nobody counts. */
  readonly meter?: Meter
  /** Waited for where the log was emptied to be removed. Default: nobody removes it. */
  readonly removal?: Removal
  /** Whether a server gives out positions, or this store itself. */
  readonly authority: 'local' | 'server'
}

/**
 * The event log of one tab. Several instances, in several tabs, work on the same storage.
 *
 * - `append` resolves when the transaction that holds the events is complete. Appends that arrive while one is running share the next.
 * - What this tab knows of the log is checked inside every transaction, so no tab ever acts on a stale version.
 */
export class EventStore {
  readonly #backend: StorageBackend
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #meter: Meter
  readonly #mutex = new Mutex()
  /** The storage, for whoever has the turn. */
  readonly #turn: Pick<StorageBackend, 'transact'>
  readonly #listeners: StoreListeners
  readonly #cache: LogCache
  readonly #reader: SegmentReader
  /** What was found damaged. */
  readonly damages: DamageLog
  readonly #queue = new AppendQueue(this.#mutex, (group) => this.#write(group))
  /** One that waits for its turn. */
  #refreshing: Promise<void> | undefined
  #closing: Promise<void> | undefined

  private constructor({ backend, clock, logger, codec, meter = noMeter }: EventStoreOptions, cache: LogCache) {
    this.#backend = backend
    this.#turn = {
      transact: (mode, tables, work) =>
        tellingSilence(backend.transact(mode, tables, work), (error) => this.#giveUpWaiting(error)),
    }
    this.#clock = clock
    this.#logger = logger
    this.#listeners = new StoreListeners(logger)
    this.#cache = cache
    this.#meter = meter
    this.damages = new DamageLog({ backend, clock, logger, meter })
    this.#reader = new SegmentReader(codec, (damage) => this.damages.note(damage))
  }

  /** @throws LarderError `schema-too-new`, `storage-timeout`, and what the backend throws */
  static async open(options: EventStoreOptions): Promise<EventStore> {
    const { cache, notes } = await openLog(options, ALL_TABLES)
    const store = new EventStore(options, cache)
    store.damages.take(notes, cache.meta)
    store.damages.lookAtEnd(cache)
    return store
  }

  /** What this tab knows now. Read it, never change it; it may be behind another tab until {@link refresh}. */
  get known(): Readonly<Pick<LogCache, 'meta' | 'head' | 'pending' | 'deadLetters' | 'handlerLetters'>> {
    return this.#cache
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    return this.#listeners.add(listener)
  }

  /** @throws LarderError `concurrency`, `id-reused`, `closed`, `storage-full` and the other storage codes */
  append(commit: StorableCommit, options: { lookUp?: boolean; replaces?: readonly string[] } = {}): Promise<Stored> {
    if (this.#isClosed) return Promise.reject(closedError())
    return new Promise<Stored>((resolve, reject) => {
      const member = { commit, lookUp: options.lookUp ?? false, replaces: options.replaces ?? [] }
      this.#queue.push(waitFor(member, { clock: this.#clock, meter: this.#meter }, resolve, reject))
    })
  }

  /** Brings this tab up to date with what the others wrote. */
  async refresh(): Promise<void> {
    if (this.#isClosed) return
    // Whoever asks before it has begun is served by it too: other tabs may write faster than this one could read once for each.
    this.#refreshing ??= this.#mutex.run(() => {
      this.#refreshing = undefined
      return this.#transact('read', LOG_TABLES, async () => undefined)
    })
    await this.#refreshing
  }

  /**
   * Runs a transition of the log: one write transaction on all tables, with this tab's knowledge brought up to date in it. What the
   * transition wrote is read back when it is complete, so that what is announced is what is stored.
   *
   * @param on a log that was destroyed is not written, unless this says so
   */
  async transition<T>(
    work: (tx: StorageTransaction, cache: LogCache) => Promise<T>,
    on: 'open' | 'also-destroyed' = 'open',
  ): Promise<T> {
    if (this.#isClosed) throw closedError()
    return this.#mutex.run(async () => {
      let noting: NotingTransaction | undefined
      const result = await this.#transact('write', TRANSITION_TABLES, (tx, cache) => {
        if (on === 'open') refuseDestroyed(cache.meta)
        noting = new NotingTransaction(tx)
        return work(noting, cache)
      })
      await this.#readBack(noting)
      return result
    })
  }

  /** Rewrites segments so that nobody who reads them can tell. Nothing is announced: nothing has changed. */
  async compaction<T>(work: (tx: StorageTransaction, cache: LogCache) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError()
    return this.#mutex.run(() => this.#transact('write', LOG_TABLES, work))
  }

  /** What is done is done: where it cannot be read back, the next transaction follows it. */
  async #readBack(own: OwnWrites | undefined): Promise<void> {
    // A list, as in #transact: what this tab knows from now on is announced, even if the transaction that told it then fails.
    const followed: LogChange[] = []
    try {
      await this.#turn.transact('read', LOG_TABLES, async (tx) => {
        const change = await this.#cache.follow(tx, await readHeads(tx), own)
        if (change !== undefined) followed.push(change)
      })
    } catch (error) {
      this.#logger.error('store: what was written could not be read back yet', { error: nameOfError(error) })
    } finally {
      for (const change of followed) this.#announce({ change, own: true })
    }
  }

  /** Reads in one transaction, with this tab's knowledge brought up to date in it. */
  async read<T>(work: (tx: StorageTransaction, cache: LogCache) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError()
    return this.#mutex.run(() => this.#transact('read', ALL_TABLES, work))
  }

  /** Confirmed segments after a position, in order. Bounded by `limit`; ask again from the last one. */
  async readConfirmed(after: number, limit: number): Promise<ConfirmedSegment[]> {
    return this.open(await this.readStored(after, limit), after)
  }

  /** The same as they lie in the table: {@link open} makes them readable. */
  readStored(after: number, limit: number): Promise<StoredSegment[]> {
    return this.#backend.transact('read', ['confirmed'], (tx) => tx.read('confirmed', { after, limit }))
  }

  /** The same page by page, to the end: the next one is read while the caller works on one. */
  readAhead(after: number): ReadAhead {
    return new ReadAhead({ backend: this.#backend, reader: this.#reader, after })
  }

  /**
   * Makes segments readable, outside of any transaction. One that is damaged comes back without events.
   *
   * @param behind where these are all the segments behind a position, or the first of them: the position. What is missing comes as if it were damaged
   */
  open(segments: readonly StoredSegment[], behind?: number): Promise<ConfirmedSegment[]> {
    return this.#reader.open(segments, behind)
  }

  /** What is wrong with a segment; undefined when nothing is. */
  async damageIn(segment: StoredSegment): Promise<string | undefined> {
    const checked = await this.#reader.check(segment)
    return 'reason' in checked ? checked.reason : undefined
  }

  /** Everything that was ever found damaged. */
  quarantined(): Promise<readonly DamageNote[]> {
    return this.#backend.transact('read', ['quarantine'], readNotes)
  }

  find(id: string): Promise<FoundCommit | undefined> {
    return this.read((tx, cache) => findCommit(tx, cache, id))
  }

  /** Lets appends that were accepted finish, then closes the storage. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  get #isClosed(): boolean {
    return this.#closing !== undefined
  }

  async #close(): Promise<void> {
    await this.#mutex.whenIdle()
    while (!this.#queue.isEmpty) await this.#mutex.whenIdle()
    await this.damages.close()
    await this.#backend.close()
    this.#listeners.clear()
  }

  /** Where the storage said nothing to whoever has the turn, it says nothing to those behind either: none of them was begun, so nothing of them is stored. */
  #giveUpWaiting(error: LarderError): void {
    this.#refreshing = undefined
    this.#queue.giveUp(error)
    this.#mutex.refuseWaiting(error)
  }

  async #write(group: readonly WaitingAppend[]): Promise<void> {
    try {
      await this.#writeTogether(group)
    } catch (error) {
      await writeApart(group, error, (member) => this.#writeTogether([member]))
    }
  }

  async #writeTogether(group: readonly WaitingAppend[]): Promise<void> {
    const now = this.#clock.now()
    const result = await this.#appendTogether(group, now)
    this.#meter.count('larder.append.group', 1)
    this.#remember(result)
    for (const [index, member] of group.entries()) {
      const outcome = result.outcomes[index]
      member.answer(
        outcome ?? {
          ok: false,
          error: new LarderError('internal', 'An append was not answered; please report this', {}),
        },
      )
    }
  }

  async #appendTogether(group: readonly WaitingAppend[], now: number): Promise<AppendResult> {
    const atOnce = await appendAtOnce(this.#turn, this.#cache, group, now)
    if (atOnce !== undefined) return atOnce
    const opened = new Map<number, ConfirmedSegment>()
    for (;;) {
      try {
        return await this.#transact('write', APPEND_TABLES, (tx, cache) => {
          refuseDestroyed(cache.meta)
          return appendInTransaction(tx, cache, group, now, opened)
        })
      } catch (error) {
        // Each turn opens what the one before did not know; compaction can add some in between, but not for ever.
        if (!(error instanceof SealedSegmentsMet)) throw error
        for (const segment of await this.open(error.segments)) opened.set(segment.last, segment)
      }
    }
  }

  #remember({ meta, segments, pending }: AppendResult): void {
    if (segments.length === 0 && pending.length === 0) return
    this.#cache.meta = meta
    for (const segment of segments) {
      this.#cache.head = segment.last
      this.#cache.noteVersions(segment)
    }
    for (const record of pending) this.#cache.pending.push(record)
    this.#announce({ change: { reset: false, confirmed: segments, pending }, own: true })
  }

  /** One transaction that first follows the other tabs. What they wrote is announced even if the work then fails. */
  async #transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction, cache: LogCache) => Promise<T>,
  ): Promise<T> {
    // A list: a backend may run the work again on a fresh connection.
    const followed: LogChange[] = []
    try {
      return await this.#turn.transact(mode, tables, async (tx) => {
        const change = await this.#cache.follow(tx, await readHeads(tx))
        if (change !== undefined) followed.push(change)
        return work(tx, this.#cache)
      })
    } finally {
      for (const change of followed) this.#announce({ change, own: false })
    }
  }

  #announce(event: StoreEvent): void {
    // What this tab knew to be damaged may be whole now.
    if (event.change.reset && !this.#isClosed) void this.damages.follow(this.#cache.meta).catch(() => undefined)
    this.damages.lookAtEnd(this.#cache)
    this.#listeners.tell(event)
  }
}
