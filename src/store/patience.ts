import type { LarderError } from '../errors.ts'
import type { Channel, Clock } from '../platform/ports.ts'
import type { TableName } from './records.ts'
import { notAnswered, storedUnknown } from './silence.ts'
import type { StorageBackend, StorageTransaction } from './storage-backend.ts'
import { LOOKS, lookEvery, PATIENCE_MS } from './within.ts'
import { wrapTransaction } from './wrapped-transaction.ts'

/**
 * Ends transactions of which nothing is heard any more: another tab stopped in the middle of one and keeps everybody out, or the browser lost it. Such a
 * transaction is given up after {@link PATIENCE_MS} without an answer, however long it takes otherwise: what it was about to write is not stored, unless
 * only the word was awaited that it is. One that waits for another tab's is given as long as that is getting on, where that tab can say so.
 */
export class Patience {
  readonly #clock: Clock
  readonly #openChannel: () => Channel
  readonly #running = new Set<Attempt>()
  #stopLooking: (() => void) | undefined
  /** While a transaction takes long: to hear of those of other tabs, which it may wait for, and to say that it is getting on. */
  #channel: Channel | undefined

  /** @param openChannel to the other tabs of the same storage */
  constructor(clock: Clock, openChannel: () => Channel) {
    this.#clock = clock
    this.#openChannel = openChannel
  }

  /**
   * Has `backend` run it, bounded.
   *
   * @throws LarderError `storage-timeout`, or `storage-unavailable` with the outcome `unknown`
   */
  async transact<T>(
    backend: StorageBackend,
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    const attempt = new Attempt(mode, backend)
    this.#running.add(attempt)
    // It goes on until a look finds nothing, so that most transactions need none of their own.
    this.#stopLooking ??= lookEvery(this.#clock, PATIENCE_MS / LOOKS, () => this.#look())
    try {
      return await attempt.orSilence(backend.transact(mode, tables, (tx) => attempt.work(tx, work)))
    } finally {
      this.#running.delete(attempt)
    }
  }

  stop(): void {
    this.#stopLooking?.()
    this.#stopLooking = undefined
    this.#channel?.close()
    this.#channel = undefined
  }

  #look(): void {
    if (this.#running.size === 0) {
      this.stop()
      return
    }
    if (this.#channel === undefined) {
      this.#channel = this.#openChannel()
      this.#channel.subscribe(() => this.#wait())
    }
    let isGettingOn = false
    for (const attempt of this.#running) isGettingOn = attempt.look() || isGettingOn
    if (!isGettingOn) return
    this.#channel.post('getting on')
    this.#wait()
  }

  #wait(): void {
    for (const attempt of this.#running) attempt.wait()
  }
}

class Attempt {
  readonly #mode: 'read' | 'write'
  readonly #backend: StorageBackend
  /** Of what is asked and not answered. A promise that all of them raced with would keep every answer for as long as the transaction runs. */
  readonly #asked = new Set<(error: LarderError) => void>()
  #error: LarderError | undefined
  #looks = 0
  /** Something was read: it waits for no other transaction. */
  #hasBegun = false
  #isLong = false
  /** All that it writes is written: what is missing is the word that it is stored. */
  #isDecided = false

  constructor(mode: 'read' | 'write', backend: StorageBackend) {
    this.#mode = mode
    this.#backend = backend
  }

  /** A backend may run it again. */
  async work<T>(tx: StorageTransaction, work: (tx: StorageTransaction) => Promise<T>): Promise<T> {
    this.#isDecided = false
    const result = await work(wrapTransaction(tx, (ask, call) => this.#answer(ask, call)))
    // With this it is rolled back.
    if (this.#error !== undefined) throw this.#error
    this.#isDecided = true
    return result
  }

  orSilence<T>(asked: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#asked.add(reject)
      const settle =
        <V>(how: (value: V) => void) =>
        (value: V) => {
          this.#asked.delete(reject)
          how(value)
        }
      asked.then(settle(resolve), settle(reject))
    })
  }

  /** Another transaction takes long and is getting on: this one may have to wait for it. */
  wait(): void {
    if (!this.#hasBegun) this.#looks = 0
  }

  /** Answers whether it takes long, and was answered since the last look. */
  look(): boolean {
    const isGettingOn = this.#isLong && this.#hasBegun && this.#looks === 0
    this.#isLong = true
    this.#looks++
    if (this.#looks < LOOKS || this.#error !== undefined) return isGettingOn
    const silence = notAnswered(PATIENCE_MS)
    this.#error = this.#isDecided && this.#mode === 'write' ? storedUnknown(silence) : silence
    for (const giveUp of this.#asked) giveUp(this.#error)
    this.#backend.reconnect?.()
    return false
  }

  async #answer<T>(ask: () => Promise<T>, call: keyof StorageTransaction): Promise<T> {
    if (this.#error !== undefined) throw this.#error
    const answer = await this.orSilence(ask())
    this.#looks = 0
    // What is written is only taken down: that is answered before it has begun.
    if (call !== 'put' && call !== 'delete') this.#hasBegun = true
    return answer
  }
}
