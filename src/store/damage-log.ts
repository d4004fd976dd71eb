import { isLarderError } from '../errors.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import { damageOf } from './check-segment.ts'
import { endOf, holesIn, MISSING, type Positions, stretchAt } from './missing.ts'
import { type DamageNote, readNotes } from './quarantine.ts'
import type { MetaRecord, QuarantineRecord, StoredSegment } from './records.ts'
import { isSealed } from './sealed-events.ts'
import { type Damage, quarantineId } from './segment-reader.ts'
import type { StorageBackend, StorageTransaction } from './storage-backend.ts'

export interface DamageLogOptions {
  readonly backend: StorageBackend
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: Meter
}

/**
 * The parts of the confirmed zone that this tab found damaged or missing. Each is noted in the table `quarantine`, where it outlives the tab. The record
 * itself stays where it is, until its range was pulled again: nothing is deleted.
 */
export class DamageLog {
  readonly #options: DamageLogOptions
  readonly #found = new Map<number, Damage>()
  readonly #listeners = new Set<(damage: Damage) => void>()
  #writing: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: DamageLogOptions) {
    this.#options = options
  }

  /** Noted by this tab or one before it, and not yet replaced. */
  get all(): readonly Damage[] {
    return [...this.#found.values()]
  }

  /** Called once for each. */
  subscribe(listener: (damage: Damage) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes up what was noted before, by this tab or another, and forgets what was replaced since. */
  async load(): Promise<void> {
    this.take(await this.#options.backend.transact('read', ['quarantine'], readNotes))
  }

  /** The same, of what was read. */
  take(notes: readonly DamageNote[]): void {
    for (const { table, key, reason, range, repairedAt } of notes) {
      if (table !== 'confirmed' || typeof key !== 'number') continue
      if (repairedAt !== undefined) this.#found.delete(key)
      else if (!this.#found.has(key)) this.#found.set(key, { key, first: range?.first ?? key, last: key, reason })
    }
  }

  note(damage: Damage): void {
    if (this.#isClosed || this.#found.has(damage.key)) return
    this.#found.set(damage.key, damage)
    const { key, first, last, reason } = damage
    this.#options.logger.error('store: a segment is damaged; the others are read', {
      segment: key,
      first,
      last,
      reason,
    })
    this.#options.meter.count('larder.damage.segments', 1)
    for (const listener of this.#listeners) listener(damage)
    this.#writing = this.#writing.then(() => this.#write(damage))
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

  /** It was replaced. */
  forget(key: number): void {
    this.#found.delete(key)
  }

  /** Waits for what is being noted. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#writing
    this.#listeners.clear()
  }

  async #write(damage: Damage): Promise<void> {
    const { key, reason } = damage
    const { backend, clock, logger } = this.#options
    const id = quarantineId('confirmed', key)
    const at = clock.now()
    try {
      await backend.transact('write', ['meta', 'confirmed', 'quarantine'], async (tx) => {
        // Another tab may have had it replaced since it was read here.
        const range = await rangeOf(tx, damage)
        if (range === undefined) return this.forget(key)
        const known = await tx.get('quarantine', id)
        if (known !== undefined && known.repairedAt === undefined) return
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
        await tx.put('quarantine', note)
      })
    } catch (error) {
      logger.error('store: a damaged segment could not be noted', {
        error: isLarderError(error) ? error.code : 'unknown',
      })
    }
  }
}

/** The positions that cannot be read, as things stand now; undefined where they can be, or the log does not reach that far any more. */
async function rangeOf(tx: StorageTransaction, { key, first, last, reason }: Damage): Promise<Positions | undefined> {
  if (reason !== MISSING) {
    const now = await tx.get('confirmed', key)
    return now !== undefined && !isSealed(now.events) && damageOf(now) === undefined ? undefined : { first, last }
  }
  const meta = await tx.get('meta', 'log')
  const stretch = meta && (await stretchAt(tx, meta, key))
  // A reader that begins within a hole does not see where that begins.
  return stretch === undefined || stretch.record !== undefined
    ? undefined
    : { first: stretch.first, last: stretch.last }
}
