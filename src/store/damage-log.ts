import { isLarderError } from '../errors.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import { damageOf } from './check-segment.ts'
import { endOf, holesIn, MISSING, type Positions, restOf, stretchAt } from './missing.ts'
import { type DamageNote, isSetAside, putNotes, readNotes } from './quarantine.ts'
import type { MetaRecord, QuarantineRecord, StoredSegment } from './records.ts'
import { isSealed } from './sealed-events.ts'
import { type Damage, quarantineId } from './segment-reader.ts'
import type { StorageBackend, StorageTransaction } from './storage-backend.ts'

/** Parts that are remembered as searched. */
const MOST_SEARCHED = 1000

export interface DamageLogOptions {
  readonly backend: StorageBackend
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: Meter
}

/** A part of the confirmed zone that is known to be damaged or missing. */
export interface NotedDamage extends Damage {
  /** Under which it is noted, and named. */
  readonly id: string
  /** Of a log that was set back behind it: the log that is there now does not have it, and nothing is to be pulled again. */
  readonly isSetAside: boolean
}

/**
 * The parts of the confirmed zone that this tab found damaged or missing. Each is noted in the table `quarantine`, where it outlives the tab. The record
 * itself stays where it is, until its range was pulled again: nothing is deleted.
 */
export class DamageLog {
  readonly #options: DamageLogOptions
  /** By id. */
  readonly #found = new Map<string, NotedDamage>()
  /** What is being noted: what is read meanwhile does not say it yet. */
  readonly #unwritten = new Set<string>()
  /** Parts that were looked through for nothing. */
  readonly #searched = new Set<string>()
  /** Of what was read of the notes: see {@link stampOf}. */
  #stamp = ''
  readonly #listeners = new Set<() => void>()
  #writing: Promise<void> = Promise.resolve()
  /** How often the storage did not answer: what waited then is not asked for one by one. */
  #silences = 0
  #isClosed = false

  constructor(options: DamageLogOptions) {
    this.#options = options
  }

  /** Noted by this tab or one before it, and not yet replaced. */
  get all(): readonly NotedDamage[] {
    return [...this.#found.values()]
  }

  /** The first that lies between two positions, in whole or in part. */
  between(after: number, before: number): NotedDamage | undefined {
    return this.all
      .filter(({ first, last, isSetAside }) => !isSetAside && last > after && first < before)
      .sort((a, b) => a.key - b.key)[0]
  }

  /** Whether all of it could be read when somebody looked, and the log was not replaced since: what made him look will not change. */
  isSearched(part: string): boolean {
    return this.#searched.has(part)
  }

  noteSearched(part: string): void {
    const [oldest] = this.#searched
    if (oldest !== undefined && this.#searched.size >= MOST_SEARCHED) this.#searched.delete(oldest)
    this.#searched.add(part)
  }

  /** Called when one more was found, and when what was noted was read anew. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes up what was noted before, by this tab or another, and forgets what is not noted any more. */
  async load(): Promise<void> {
    this.#searched.clear()
    await this.#options.backend.transact('read', ['meta', 'quarantine'], async (tx) => {
      const meta = await tx.get('meta', 'log')
      const notes = await readNotes(tx)
      // In the transaction: what is noted behind it is not forgotten.
      for (const id of this.#found.keys()) if (!this.#unwritten.has(id)) this.#found.delete(id)
      this.take(notes, meta)
    })
    this.#tell()
  }

  /** The same, where the log says that something may have been noted or replaced since. */
  async follow(meta: MetaRecord): Promise<void> {
    if (stampOf(meta) !== this.#stamp) await this.load()
  }

  /**
   * The same, of what was read.
   *
   * @param meta of the same transaction, where that was all
   */
  take(notes: readonly DamageNote[], meta?: MetaRecord): void {
    if (meta !== undefined) this.#stamp = stampOf(meta)
    for (const { id, table, key, reason, range, repairedAt, isSetAside = false } of notes) {
      if (table !== 'confirmed' || typeof key !== 'number' || this.#unwritten.has(id)) continue
      if (repairedAt !== undefined) this.#found.delete(id)
      else this.#found.set(id, { id, key, first: range?.first ?? key, last: key, reason, isSetAside })
    }
  }

  note(damage: Damage): void {
    const { key, first, last, reason } = damage
    const id = quarantineId('confirmed', key)
    const known = this.#found.get(id)
    const isKnown = known !== undefined && !known.isSetAside
    if (this.#isClosed || (isKnown && known.first <= first)) return
    this.#found.set(id, { ...damage, id, isSetAside: false })
    this.#unwritten.add(id)
    const before = this.#silences
    this.#writing = this.#writing.then(() => (this.#silences === before ? this.#write(damage) : this.#giveUp(id)))
    // What lies in front of it has been lost since.
    if (isKnown) return
    this.#options.logger.error('store: a segment is damaged; the others are read', {
      segment: key,
      first,
      last,
      reason,
    })
    this.#options.meter.count('larder.damage.segments', 1)
    this.#tell()
  }

  /** Of all the segments behind a position, or the first of them, which nobody opens. */
  lookForHoles(segments: readonly StoredSegment[], behind: number): void {
    for (const { first, last } of holesIn(segments, behind)) this.note({ key: last, first, last, reason: MISSING })
  }

  /** Behind the last record there is no other that would show that something is missing: the cursor does. */
  lookAtEnd({ meta, head }: { readonly meta: MetaRecord; readonly head: number }): void {
    const last = endOf(meta)
    if (last > head) this.note({ key: last, first: head + 1, last, reason: MISSING })
  }

  /** It was replaced, or belongs to no log any more. */
  forget(key: number): void {
    const id = quarantineId('confirmed', key)
    if (this.#found.get(id)?.isSetAside === false) this.#found.delete(id)
  }

  /** These are in place again: of what was noted under another key than that of the part that they belong to, what is left. */
  replaced(positions: Positions, key: number): void {
    for (const damage of this.all) {
      if (damage.isSetAside || damage.key === key) continue
      const rest = restOf(damage, positions)
      if (rest === undefined) this.#found.delete(damage.id)
      else this.#found.set(damage.id, rest)
    }
  }

  /** Waits for what is being noted. */
  async written(): Promise<void> {
    await this.#writing
  }

  /** The same, and notes nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#writing
    this.#listeners.clear()
  }

  /** Whoever reads over it again notes it. */
  #giveUp(id: string): void {
    this.#unwritten.delete(id)
    this.#found.delete(id)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  async #write(damage: Damage): Promise<void> {
    const { key, reason } = damage
    const { backend, clock, logger } = this.#options
    const id = quarantineId('confirmed', key)
    const at = clock.now()
    let isMoved = false
    try {
      const stamps = await backend.transact('write', ['meta', 'confirmed', 'quarantine'], async (tx) => {
        // Another tab may have had it replaced since it was read here.
        const range = await rangeOf(tx, damage)
        if (range === undefined) {
          this.forget(key)
          return undefined
        }
        const found = this.#found.get(id)
        if (found !== undefined) this.#found.set(id, { ...found, first: range.first })
        const known = await tx.get('quarantine', id)
        isMoved = known !== undefined && isSetAside(known)
        const isOpen = known !== undefined && known.repairedAt === undefined && !isMoved
        if (isOpen && (known.range?.first ?? key) <= range.first) return undefined
        const note: QuarantineRecord = {
          id,
          table: 'confirmed',
          key,
          reason,
          at,
          range,
          repairedAt: undefined,
          record: undefined,
        }
        await putNotes(tx, [note])
        const meta = await tx.get('meta', 'log')
        if (meta === undefined) return undefined
        const counted = { ...meta, notes: (meta.notes ?? 0) + 1 }
        await tx.put('meta', counted)
        return { before: stampOf(meta), behind: stampOf(counted) }
      })
      if (isMoved) await this.load()
      else if (stamps?.before === this.#stamp) this.#stamp = stamps.behind
    } catch (error) {
      if (isLarderError(error, 'storage-timeout')) this.#silences++
      logger.error('store: a damaged segment could not be noted', {
        error: isLarderError(error) ? error.code : 'unknown',
      })
    } finally {
      this.#unwritten.delete(id)
    }
  }
}

/** As long as it is the same, nothing of the confirmed zone was noted, and nothing replaced. */
function stampOf(meta: MetaRecord | undefined): string {
  return JSON.stringify([meta?.device, meta?.authority, meta?.notes, meta?.repairs])
}

/** The positions that cannot be read, as things stand now; undefined where they can be, or the log does not reach that far any more. */
async function rangeOf(tx: StorageTransaction, { key, first, last, reason }: Damage): Promise<Positions | undefined> {
  const meta = await tx.get('meta', 'log')
  const stretch = meta && (await stretchAt(tx, meta, key))
  if (stretch === undefined) return undefined
  const { record } = stretch
  // A reader that begins within a hole does not see where that begins.
  if (record === undefined) return reason === MISSING ? { first: stretch.first, last: stretch.last } : { first, last }
  if (reason === MISSING || record.last !== key) return undefined
  // What is missing in front of it counts as its own.
  if (damageOf(record) !== undefined) return { first: stretch.first, last }
  return isSealed(record.events) ? { first, last } : undefined
}
