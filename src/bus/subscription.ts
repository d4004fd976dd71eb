import type { NewEvent } from '../event/recorded-event.ts'
import type { BusContext } from './event-bus.ts'

export interface SubscriptionOptions {
  readonly name: string
  /** Undefined: of every type. */
  readonly types: ReadonlySet<string> | undefined
  readonly limit: number
  readonly timeoutMs: number | undefined
  readonly call: (event: NewEvent, context: BusContext) => unknown
}

/** One handler, and what waits for it. */
export class Subscription<D> {
  readonly options: SubscriptionOptions
  isOver = false
  running = 0
  #waiting: D[] = []
  #next = 0

  constructor(options: SubscriptionOptions) {
    this.options = options
  }

  wants({ type }: NewEvent): boolean {
    return this.options.types?.has(type) ?? true
  }

  get mayRun(): boolean {
    return this.running < this.options.limit
  }

  get hasWaiting(): boolean {
    return this.#next < this.#waiting.length
  }

  push(delivery: D): void {
    this.#waiting.push(delivery)
  }

  shift(): D | undefined {
    const delivery = this.#waiting[this.#next++]
    // What was taken is let go of in one piece: taking each from the front would move all the others.
    if (this.#next >= this.#waiting.length) {
      this.#waiting = []
      this.#next = 0
    }
    return delivery
  }

  /** Nothing more is given to it; answers what waited. */
  end(): readonly D[] {
    this.isOver = true
    const waiting = this.#waiting.slice(this.#next)
    this.#waiting = []
    this.#next = 0
    return waiting
  }
}
