import { isLarderError } from '../errors.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock, Codec, Locks, Logger } from '../platform/ports.ts'
import { alone } from '../store/alone.ts'
import { type CompactResult, compact } from '../store/compact.ts'
import type { CompactionLimits } from '../store/compaction-plan.ts'
import type { EventStore } from '../store/event-store.ts'
import { type VerifyReport, verifyStore } from '../store/verify.ts'
import { sleep } from '../sync/sleep.ts'

export interface MaintenanceOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly locks: Locks
  readonly logger: Logger
  readonly codec: Codec | undefined
  readonly meter: Meter
  readonly limits: CompactionLimits
  /** Tabs of the same place share the lock. */
  readonly lockName: string
}

export interface CompactReport {
  /** Segments that were merged into others. */
  readonly merged: number
  /** Segments that were sealed. */
  readonly sealed: number
}

/** Nothing was written for so long: then there is time. */
const IDLE_MS = 5000
/** Between two rounds, so that calls come through. */
const PAUSE_MS = 20

/**
 * Compaction, when nothing else is to be done: some seconds after the last append, in one tab at a time, a round at a time. It ends as soon as
 * something is written.
 */
export class Maintenance {
  readonly #options: MaintenanceOptions
  readonly #closed = new AbortController()
  readonly #unsubscribe: () => void
  #cancel: (() => void) | undefined
  #busy = false
  #writes = 0

  constructor(options: MaintenanceOptions) {
    this.#options = options
    this.#unsubscribe = options.store.subscribe(() => {
      this.#writes++
      this.#waitForIdle()
    })
  }

  /** The log may have been left in small pieces by a session before. */
  start(): void {
    this.#waitForIdle()
  }

  stop(): void {
    this.#cancel?.()
    this.#unsubscribe()
    this.#closed.abort()
  }

  /** Merges and seals all that can be, the newest included. */
  async compactAll(): Promise<CompactReport> {
    let report: CompactReport = { merged: 0, sealed: 0 }
    await this.#underLock(async (isStopped) => {
      report = await this.#rounds(isStopped, this.#options.store.known.head)
    })
    return report
  }

  /** Reads everything and checks it. */
  verify(): Promise<VerifyReport> {
    return verifyStore(this.#options.store)
  }

  #waitForIdle(): void {
    if (this.#closed.signal.aborted) return
    this.#cancel?.()
    this.#cancel = this.#options.clock.after(IDLE_MS, () => {
      this.#cancel = undefined
      void this.#idle()
    })
  }

  async #idle(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    const writes = this.#writes
    try {
      await this.#underLock(async (isStopped) => {
        const sealUpTo = this.#options.store.known.head - this.#options.limits.plainEvents
        await this.#rounds(() => isStopped() || this.#writes !== writes, sealUpTo)
      })
    } catch (error) {
      if (this.#closed.signal.aborted) return
      const { logger } = this.#options
      // A storage that fails now may do better when there is time again; anything else somebody should look at.
      if (isLarderError(error)) logger.info('engine: compaction has to wait', { error: error.code })
      else logger.error('engine: compaction failed; the log is as it was', { error: typeof error })
    } finally {
      this.#busy = false
      // What was written meanwhile has waited for nobody.
      if (this.#writes !== writes && this.#cancel === undefined) this.#waitForIdle()
    }
  }

  async #rounds(isStopped: () => boolean, sealUpTo: number): Promise<CompactReport> {
    const { store, clock, codec, limits, meter } = this.#options
    let merged = 0
    let sealed = 0
    let after: number | undefined = 0
    while (after !== undefined && !isStopped()) {
      const round: CompactResult = await compact(store, { codec, limits, after, sealUpTo, isStopped })
      merged += round.merged
      sealed += round.sealed
      meter.count('larder.compaction.segments', round.merged, { action: 'merged' })
      meter.count('larder.compaction.segments', round.sealed, { action: 'sealed' })
      after = round.next
      if (after !== undefined) await sleep(clock, PAUSE_MS, this.#closed.signal)
    }
    return { merged, sealed }
  }

  async #underLock(work: (isStopped: () => boolean) => Promise<void>): Promise<void> {
    const { signal: closed } = this.#closed
    await alone({ ...this.#options, closed }, (lost) => work(() => lost.aborted || closed.aborted))
  }
}
