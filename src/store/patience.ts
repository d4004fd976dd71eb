import { LarderError } from '../errors.ts'
import type { Clock } from '../platform/ports.ts'
import type { StorageBackend, StorageTransaction } from './storage-backend.ts'
import { LOOKS, lookEvery, PATIENCE_MS } from './within.ts'
import { wrapTransaction } from './wrapped-transaction.ts'

type Transact = StorageBackend['transact']

/**
 * Ends transactions of which nothing is heard any more: another tab stopped in the middle of one and keeps everybody out, or the browser lost it. Such a
 * transaction is given up after {@link PATIENCE_MS} without an answer, however long it takes otherwise: what it was about to write is not stored, unless
 * only the word was awaited that it is.
 */
export class Patience {
  readonly #clock: Clock
  readonly #running = new Set<Attempt>()
  #stopLooking: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param transact is given the work, bounded
   * @param onSilence hears of one that was given up
   * @throws LarderError `storage-timeout`, or `storage-unavailable` with the outcome `unknown`
   */
  async run<T>(
    mode: Parameters<Transact>[0],
    work: (tx: StorageTransaction) => Promise<T>,
    transact: (work: (tx: StorageTransaction) => Promise<T>) => Promise<T>,
    onSilence: () => void,
  ): Promise<T> {
    const attempt = new Attempt(mode, onSilence)
    this.#running.add(attempt)
    // It goes on until a look finds nothing, so that most transactions need none of their own.
    this.#stopLooking ??= lookEvery(this.#clock, PATIENCE_MS / LOOKS, () => this.#look())
    try {
      return await attempt.orSilence(transact((tx) => attempt.work(tx, work)))
    } finally {
      this.#running.delete(attempt)
    }
  }

  stop(): void {
    this.#stopLooking?.()
    this.#stopLooking = undefined
  }

  #look(): void {
    for (const attempt of this.#running) attempt.look()
    if (this.#running.size === 0) this.stop()
  }
}

class Attempt {
  readonly #mode: 'read' | 'write'
  readonly #onSilence: () => void
  /** Of what is asked and not answered. A promise that all of them raced with would keep every answer for as long as the transaction runs. */
  readonly #asked = new Set<(error: LarderError) => void>()
  #error: LarderError | undefined
  #looks = 0
  /** All that it writes is written: what is missing is the word that it is stored. */
  #isDecided = false

  constructor(mode: 'read' | 'write', onSilence: () => void) {
    this.#mode = mode
    this.#onSilence = onSilence
  }

  /** A backend may run it again. */
  async work<T>(tx: StorageTransaction, work: (tx: StorageTransaction) => Promise<T>): Promise<T> {
    this.#isDecided = false
    const result = await work(wrapTransaction(tx, (ask) => this.#answer(ask)))
    // With this it is rolled back.
    if (this.#error !== undefined) throw this.#error
    this.#isDecided = true
    return result
  }

  orSilence<T>(asked: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#asked.add(reject)
      asked.then(
        (answer) => {
          this.#asked.delete(reject)
          resolve(answer)
        },
        (error: unknown) => {
          this.#asked.delete(reject)
          reject(error)
        },
      )
    })
  }

  look(): void {
    this.#looks++
    if (this.#looks < LOOKS || this.#error !== undefined) return
    this.#error = this.#isDecided && this.#mode === 'write' ? storedUnknown() : notAnswered()
    for (const giveUp of this.#asked) giveUp(this.#error)
    this.#onSilence()
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#error !== undefined) throw this.#error
    const answer = await this.orSilence(ask())
    this.#looks = 0
    return answer
  }
}

function notAnswered(): LarderError<'storage-timeout'> {
  return new LarderError(
    'storage-timeout',
    `The storage did not answer for ${PATIENCE_MS / 1000} s: close the other tabs of this site, or restart the browser; the next call tries again. Nothing was stored by this one.`,
    {},
  )
}

function storedUnknown(): LarderError<'storage-unavailable'> {
  return new LarderError(
    'storage-unavailable',
    'The storage did not say whether it has stored what it was given: look the records up before you write them again.',
    { cause: notAnswered(), details: { outcome: 'unknown' } },
  )
}

/** The same; `onSilence` is told first where the storage did not answer. What waits behind it is not answered either, and may be told the error that it is given. */
export async function tellingSilence<T>(asked: Promise<T>, onSilence: (error: LarderError) => void): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (isSilence(error)) onSilence(notAnswered())
    throw error
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof LarderError && (error.code === 'storage-timeout' || isSilence(error.cause))
}
