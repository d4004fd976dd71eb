import { LarderError } from '../errors.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { Clock } from '../platform/ports.ts'
import type { BusContext, Published } from './event-bus.ts'
import type { Publication } from './publication.ts'
import type { Subscription } from './subscription.ts'

export interface DeliveryPorts {
  readonly clock: Pick<Clock, 'after'> | undefined
  readonly publish: (event: NewEvent, by: Delivery) => Promise<Published>
  readonly onEnd: (delivery: Delivery) => void
}

/** One event, given to one handler. */
export class Delivery {
  readonly subscription: Subscription<Delivery>
  readonly event: NewEvent
  readonly #publication: Publication
  readonly #ports: DeliveryPorts
  #controller: AbortController | undefined
  #cancelTimeout: (() => void) | undefined
  isOver = false
  /** Publications of its own that it has lent its place to. */
  lent = 0

  constructor(subscription: Subscription<Delivery>, event: NewEvent, publication: Publication, ports: DeliveryPorts) {
    this.subscription = subscription
    this.event = event
    this.#publication = publication
    this.#ports = ports
  }

  /** Calls the handler; what it answers in this turn counts in this turn. */
  run(): void {
    const { call } = this.subscription.options
    try {
      const answer = call(this.event, this.#context())
      if (isThenable(answer)) this.#wait(answer)
      else this.#end('well')
    } catch (error) {
      this.fail(error)
    }
  }

  fail(error: unknown, by: 'handler' | 'bus' = 'handler'): void {
    this.#end({ event: this.event, by, name: this.subscription.options.name, error })
  }

  /** Its handler went before its turn came. */
  skip(): void {
    this.#end(undefined)
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController()
    this.#controller.abort(reason)
  }

  #end(outcome: Parameters<Publication['end']>[0]): void {
    if (this.isOver) return
    this.isOver = true
    this.#cancelTimeout?.()
    this.#publication.end(outcome)
    this.#ports.onEnd(this)
  }

  #context(): BusContext {
    const signal = (): AbortSignal => {
      this.#controller ??= new AbortController()
      return this.#controller.signal
    }
    return {
      // Made when it is asked for: most handlers never do, and it costs more than they take.
      get signal() {
        return signal()
      },
      publish: (event) => this.#ports.publish(event, this),
    }
  }

  #wait(answer: PromiseLike<unknown>): void {
    answer.then(
      () => this.#end('well'),
      (error: unknown) => this.fail(error),
    )
    const { timeoutMs, name } = this.subscription.options
    if (timeoutMs === undefined || this.isOver) return
    this.#cancelTimeout = this.#ports.clock?.after(timeoutMs, () => {
      const error = timeoutError(name, timeoutMs)
      this.abort(error)
      this.fail(error)
    })
  }
}

function timeoutError(name: string, afterMs: number): LarderError<'timeout'> {
  return new LarderError(
    'timeout',
    `The handler ${name} did not end within ${afterMs} ms: what it has done is not known. Have it heed its signal`,
    { details: { afterMs, outcome: 'unknown' } },
  )
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
