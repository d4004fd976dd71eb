import type { Delivery } from './delivery.ts'
import type { Subscription } from './subscription.ts'

/** Who may run now: at most so many at a time, over all handlers and for each, and each handler's events in their order. */
export class Turns {
  readonly #call: (delivery: Delivery) => void
  /** Handlers that have something to do and may run, those that wait longest first. */
  readonly #ready = new Set<Subscription<Delivery>>()
  /** Deliveries whose own publication is delivered: they go on before anything new begins. */
  readonly #returning = new Set<{ readonly delivery: Delivery; readonly goOn: () => void }>()
  #limit: number
  #running = 0

  constructor(limit: number, call: (delivery: Delivery) => void) {
    this.#limit = limit
    this.#call = call
  }

  setLimit(limit: number): void {
    this.#limit = limit
    this.pump()
  }

  add(delivery: Delivery): void {
    const { subscription } = delivery
    subscription.push(delivery)
    this.#note(subscription)
  }

  /** Starts whoever may start. */
  pump(): void {
    this.#letReturn()
    while (this.#running < this.#limit) {
      const [subscription] = this.#ready
      if (subscription === undefined) return
      this.#ready.delete(subscription)
      const delivery = subscription.shift()
      if (delivery === undefined) continue
      this.#take(subscription)
      this.#note(subscription)
      this.#call(delivery)
    }
  }

  /** It has ended, in whatever way. */
  leave(delivery: Delivery): void {
    // Its place is lent, and so somebody else's already.
    if (delivery.lent === 0) this.#free(delivery.subscription)
  }

  /** Its place is free until it takes it back. */
  lend(delivery: Delivery): void {
    if (delivery.isOver) return
    if (delivery.lent++ === 0) this.#free(delivery.subscription)
    this.pump()
  }

  /** Resolves when it has a place again. */
  takeBack(delivery: Delivery): Promise<void> {
    if (delivery.isOver) return Promise.resolve()
    if (delivery.lent > 1) {
      delivery.lent--
      return Promise.resolve()
    }
    return new Promise((goOn) => {
      this.#returning.add({ delivery, goOn })
      this.pump()
    })
  }

  #letReturn(): void {
    for (const each of this.#returning) {
      const { delivery, goOn } = each
      const { subscription } = delivery
      if (!delivery.isOver && !(this.#running < this.#limit && subscription.mayRun)) continue
      this.#returning.delete(each)
      if (!delivery.isOver && --delivery.lent === 0) {
        this.#take(subscription)
        this.#note(subscription)
      }
      goOn()
    }
  }

  #take(subscription: Subscription<Delivery>): void {
    this.#running++
    subscription.running++
  }

  #free(subscription: Subscription<Delivery>): void {
    this.#running--
    subscription.running--
    this.#note(subscription)
  }

  #note(subscription: Subscription<Delivery>): void {
    if (subscription.hasWaiting && subscription.mayRun) this.#ready.add(subscription)
    else this.#ready.delete(subscription)
  }
}
