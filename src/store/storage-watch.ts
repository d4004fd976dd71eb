import { isLarderError, type LarderError, type LarderErrorCode, nameOfError } from '../errors.ts'
import type { Clock, Logger, Platform } from '../platform/ports.ts'
import { Patience } from './patience.ts'
import type { TableName } from './records.ts'
import type { StorageBackend, StorageTransaction } from './storage-backend.ts'
import { PATIENCE_MS, within } from './within.ts'

/** Why a storage cannot be used now, and since when, in ms since 1970. */
export interface StorageProblem {
  readonly code: LarderErrorCode
  readonly since: number
}

/** Between two tries of a storage that fails: twice as long after each, up to the cap. */
export const PROBE = { baseMs: 1000, capMs: 30_000 } as const
/** A storage that comes and goes is complained of once in this time. */
const COMPLAIN_EVERY_MS = 60_000

/** What a backend says of a storage that is gone, or does not answer; a call that it refused is none of these. */
const OUTAGE: ReadonlySet<unknown> = new Set<LarderErrorCode>(['storage-unavailable', 'storage-timeout'])

interface Degraded extends StorageProblem {
  /** What has failed since it last succeeded: a storage that cannot write may still read. One that has written can be read. */
  readonly failing: ReadonlySet<'read' | 'write'>
}

export interface StorageWatchOptions extends Pick<Platform, 'clock' | 'logger' | 'openChannel'> {
  /** What the storage is of: all tabs on it say the same. */
  readonly place: string
}

/**
 * The storage as the engine uses it, and the one place that knows whether it can be used now. It changes nothing of what a call does: each is tried, and
 * rejects where it fails, or is not answered (see {@link Patience}). From the first that fails for the storage's own sake until one succeeds the storage is degraded; meanwhile it is tried again by
 * itself, so that it comes back although nobody asks. Nothing takes its place, and nothing is deleted.
 */
export class StorageWatch implements StorageBackend {
  readonly #inner: StorageBackend
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #patience: Patience
  readonly #listeners = new Set<() => void>()
  #degraded: Degraded | undefined
  #cancelProbe: (() => void) | undefined
  #complainedAt = Number.NEGATIVE_INFINITY
  #isStopped = false

  constructor(inner: StorageBackend, { clock, logger, openChannel, place }: StorageWatchOptions) {
    this.#inner = inner
    this.#clock = clock
    this.#logger = logger
    this.#patience = new Patience(clock, () => openChannel(`larder:storage:${place}`))
  }

  get mode(): StorageBackend['mode'] {
    return this.#inner.mode
  }

  /** Undefined while it works. */
  get problem(): StorageProblem | undefined {
    return this.#degraded
  }

  /** Says this once for all that fails because of it: what others complain of meanwhile is for those who debug. */
  get logger(): Logger {
    const logger = this.#logger
    return {
      error: (message, facts) => {
        const isKnown = this.#degraded !== undefined && OUTAGE.has(facts?.['error'])
        logger[isKnown ? 'debug' : 'error'](message, facts)
      },
      info: (message, facts) => logger.info(message, facts),
      debug: (message, facts) => logger.debug(message, facts),
    }
  }

  /** Told when it degrades and when it is back. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves as soon as it works, as far as is known, or when `signal` aborts. */
  whenReady(mode: 'read' | 'write', signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const failing = this.#degraded?.failing
        if ((mode === 'write' ? failing !== undefined : failing?.has('read')) && !signal.aborted) return
        stop()
        signal.removeEventListener('abort', look)
        resolve()
      }
      const stop = this.onChange(look)
      signal.addEventListener('abort', look, { once: true })
      look()
    })
  }

  async transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    try {
      const result = await this.#patience.transact(this.#inner, mode, tables, work)
      this.#onSuccess(mode)
      return result
    } catch (error) {
      if (isOutage(error, mode)) this.#onFailure(error.code, mode)
      throw error
    }
  }

  /** Tries no more. */
  stop(): void {
    this.#isStopped = true
    this.#cancelProbe?.()
    this.#listeners.clear()
  }

  /** One that has given no answer is not waited for: what it still does, it does by itself. */
  async close(): Promise<void> {
    this.stop()
    await within(this.#clock, PATIENCE_MS, this.#inner.close())
    this.#patience.stop()
  }

  #onFailure(code: LarderErrorCode, mode: 'read' | 'write'): void {
    const before = this.#degraded
    const failing = new Set(before?.failing).add(mode)
    this.#degraded = { code, since: before?.since ?? this.#clock.now(), failing }
    if (before === undefined && !this.#isStopped) {
      this.#complain(code)
      this.#probeAfter(PROBE.baseMs)
    }
    if (before?.code !== code) this.#tell()
  }

  #onSuccess(mode: 'read' | 'write'): void {
    if (this.#degraded === undefined) return
    const { failing } = this.#degraded
    if (mode === 'read' && failing.has('write')) {
      if (!failing.has('read')) return
      this.#degraded = { ...this.#degraded, failing: new Set(['write']) }
    } else {
      this.#logger.info('storage: it can be used again', { failed: this.#degraded.code })
      this.#degraded = undefined
      this.#cancelProbe?.()
    }
    this.#tell()
  }

  #complain(code: LarderErrorCode): void {
    const now = this.#clock.monotonic()
    const level = now - this.#complainedAt < COMPLAIN_EVERY_MS ? 'debug' : 'error'
    if (level === 'error') this.#complainedAt = now
    this.#logger[level]('storage: it cannot be used; nothing is stored until it can, and it is tried again', {
      error: code,
    })
  }

  #probeAfter(delayMs: number): void {
    this.#cancelProbe = this.#clock.after(delayMs, () => {
      void this.#probe().then(() => {
        if (this.#degraded !== undefined && !this.#isStopped) this.#probeAfter(Math.min(delayMs * 2, PROBE.capMs))
      })
    })
  }

  /** Changes nothing: reads a record, and where writing failed writes it as it is. */
  async #probe(): Promise<void> {
    try {
      await this.transact('read', ['meta'], (tx) => tx.get('meta', 'log'))
      if (this.#degraded === undefined) return
      await this.transact('write', ['meta'], async (tx) => {
        const meta = await tx.get('meta', 'log')
        if (meta !== undefined) await tx.put('meta', meta)
      })
    } catch (error) {
      this.#logger.debug('storage: it was tried again', { error: nameOfError(error) })
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** A disk that is full lets nothing be written, which is for whoever writes to hear; where it lets nothing be read either, nothing works. */
export function isOutage(error: unknown, mode: 'read' | 'write'): error is LarderError {
  return isLarderError(error) && (OUTAGE.has(error.code) || (mode === 'read' && error.code === 'storage-full'))
}
