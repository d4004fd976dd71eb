import { isLarderError } from '../errors.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import { damageOf } from './check-segment.ts'
import { type DamageNote, readNotes } from './quarantine.ts'
import type { QuarantineRecord } from './records.ts'
import { isSealed } from './sealed-events.ts'
import { type Damage, quarantineId } from './segment-reader.ts'
import type { StorageBackend } from './storage-backend.ts'

export interface DamageLogOptions {
  readonly backend: StorageBackend
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: Meter
}

/**
 * The parts of the confirmed zone that this tab found damaged. Each is noted in the table `quarantine`, where it outlives the tab. The record
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

  /** Found since this tab opened, and not yet replaced. */
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

  async #write({ key, first, last, reason }: Damage): Promise<void> {
    const { backend, clock, logger } = this.#options
    const id = quarantineId('confirmed', key)
    const at = clock.now()
    try {
      await backend.transact('write', ['confirmed', 'quarantine'], async (tx) => {
        // Another tab may have had it replaced since it was read here.
        const now = await tx.get('confirmed', key)
        if (now !== undefined && !isSealed(now.events) && damageOf(now) === undefined) return this.forget(key)
        const known = await tx.get('quarantine', id)
        if (known !== undefined && known.repairedAt === undefined) return
        const note: QuarantineRecord = {
          id,
          table: 'confirmed',
          key,
          reason,
          at,
          range: { first, last },
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
