import { nextTurn } from '../../../platform/next-turn.ts'
import { TimerQueue } from './timer-queue.ts'
import { Trace } from './trace.ts'

export interface RunOptions {
  /** Stops as soon as this holds; looked at after every step. */
  readonly until?: () => boolean
  /** Stops when this much virtual time has passed, in ms. Default: never. */
  readonly forMs?: number
  /** Default 1,000,000. */
  readonly maxSteps?: number
}

/** `idle`: nothing is left that could happen. */
export type RunEnd = 'idle' | 'until' | 'time' | 'steps'

/**
 * Virtual time. `run` lets everything that is under way come to rest, then goes to the next timer, and so on: nothing takes time but what asks for
 * it, and the same seed gives the same run. A step is one timer that fires.
 */
export class Scheduler {
  readonly trace = new Trace()
  readonly #timers = new TimerQueue()
  #now = 0
  #order = 0
  #steps = 0
  #afterSettling: (() => void)[] = []

  /** ms since the world began. */
  get now(): number {
    return this.#now
  }

  get steps(): number {
    return this.#steps
  }

  record(actor: string, what: string): void {
    this.trace.record(this.#now, actor, what)
  }

  /** Runs `task` after `delayMs`; answers a function that cancels it. */
  after(delayMs: number, task: () => void, actor: string, what: string): () => void {
    const at = this.#now + Math.max(0, Math.ceil(delayMs))
    const timer = { at, order: this.#order++, actor, what, task, isCancelled: false }
    this.#timers.push(timer)
    return () => {
      timer.isCancelled = true
    }
  }

  /** Runs `check` once all promises that can settle without time passing have settled. */
  afterSettling(check: () => void): void {
    this.#afterSettling.push(check)
  }

  async run({ until, forMs = Number.POSITIVE_INFINITY, maxSteps = 1_000_000 }: RunOptions = {}): Promise<RunEnd> {
    const end = this.#now + forMs
    for (let step = 0; ; step++) {
      await this.settle()
      if (until?.() === true) return 'until'
      if (step === maxSteps) return 'steps'
      const timer = this.#timers.popDue(end)
      if (timer === undefined) {
        const isIdle = this.#timers.isEmpty
        if (Number.isFinite(end)) this.#now = end
        return isIdle ? 'idle' : 'time'
      }
      this.#now = timer.at
      this.#steps++
      this.record(timer.actor, timer.what)
      timer.task()
    }
  }

  /** Lets every promise settle that can without time passing. */
  async settle(): Promise<void> {
    do {
      await nextTurn()
      for (const check of this.#afterSettling.splice(0)) check()
    } while (this.#afterSettling.length > 0)
  }
}
