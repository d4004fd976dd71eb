import type { Clock } from '../platform/ports.ts'

/** How often deadlines are looked at: a call is given up at most this long after its time. */
const TICK_MS = 5000

export interface Terms<T> {
  readonly afterMs: number
  /** What the call is rejected with then. */
  readonly error: () => unknown
  /** What it is rejected with when whoever was to answer is gone. */
  readonly lost: () => unknown
  /** Asks the next one instead, once, within the same time. */
  readonly again?: (() => Promise<T>) | undefined
}

interface PendingCall {
  readonly reject: (error: unknown) => void
  /** In time that the page was awake. */
  readonly dueAt: number
  readonly error: () => unknown
  readonly lost: () => unknown
  readonly lose: () => void
}

/**
 * Calls that wait for an answer, so that none waits for ever: each ends at its deadline, and all together when no answer will come. Time in which
 * the page itself stood still, frozen or asleep, does not count: the worker stood still too.
 */
export class PendingCalls {
  readonly #clock: Clock
  readonly #calls = new Set<PendingCall>()
  /** Time that the page was awake while calls were waiting, up to the last tick. */
  #awakeMs = 0
  #tick: { readonly since: number; readonly delayMs: number; readonly cancel: () => void } | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#calls.size
  }

  /** Settles like `answer`, or rejects at the deadline, or when one of the three below is called. */
  guard<T>(answer: Promise<T>, { afterMs, error, lost, again }: Terms<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#startTicking(afterMs)
      let current = answer
      let next = again
      const call: PendingCall = {
        ...{ reject, error, lost, dueAt: this.#awakeNow() + afterMs },
        lose: () => {
          if (next === undefined) return this.#reject(call, lost())
          current = next()
          next = undefined
          follow(current)
        },
      }
      const follow = (one: Promise<T>) => {
        // What becomes of an earlier one is of no interest any more.
        const settle =
          <V>(how: (value: V) => void) =>
          (value: V) => {
            if (one !== current) return
            how(value)
            this.#end(call)
          }
        one.then(settle(resolve), settle(reject))
      }
      this.#calls.add(call)
      follow(answer)
    })
  }

  rejectAll(error: unknown): void {
    for (const call of [...this.#calls]) this.#reject(call, error)
  }

  /** Whoever was to answer is gone, and no other comes. */
  abandonAll(): void {
    for (const call of [...this.#calls]) this.#reject(call, call.lost())
  }

  /** Whoever was to answer is gone: what can be asked again is. */
  loseAll(): void {
    for (const call of [...this.#calls]) call.lose()
  }

  #reject(call: PendingCall, error: unknown): void {
    this.#end(call)
    call.reject(error)
  }

  #end(call: PendingCall): void {
    this.#calls.delete(call)
    if (this.#calls.size > 0) return
    this.#tick?.cancel()
    this.#tick = undefined
  }

  #startTicking(afterMs: number): void {
    if (this.#tick !== undefined) return
    const delayMs = Math.min(TICK_MS, afterMs)
    this.#tick = {
      since: this.#clock.monotonic(),
      delayMs,
      cancel: this.#clock.after(delayMs, () => this.#onTick()),
    }
  }

  #awakeNow(): number {
    if (this.#tick === undefined) return this.#awakeMs
    // What comes much later than it was due was held up by a page that stood still.
    return this.#awakeMs + Math.min(this.#clock.monotonic() - this.#tick.since, this.#tick.delayMs)
  }

  #onTick(): void {
    this.#awakeMs = this.#awakeNow()
    this.#tick = undefined
    const due = [...this.#calls].filter(({ dueAt }) => dueAt <= this.#awakeMs)
    let next = TICK_MS
    for (const { dueAt } of this.#calls) if (dueAt > this.#awakeMs) next = Math.min(next, dueAt - this.#awakeMs)
    for (const call of due) {
      this.#calls.delete(call)
      call.reject(call.error())
    }
    if (this.#calls.size > 0) this.#startTicking(next)
  }
}
