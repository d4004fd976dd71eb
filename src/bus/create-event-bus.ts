import { argumentError } from '../errors.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import { showValue } from '../event/show-value.ts'
import type { Clock } from '../platform/ports.ts'
import {
  checkConcurrency,
  checkEvent,
  checkFunction,
  checkTimeout,
  closedError,
  isHandler,
  isHandlerObject,
  optionsOf,
  typesOf,
} from './check-bus.ts'
import { Delivery, type DeliveryPorts } from './delivery.ts'
import type { BusContext, BusHandlerOptions, BusMiddleware, EventBus, EventBusOptions, Published } from './event-bus.ts'
import { Publication } from './publication.ts'
import { Subscription } from './subscription.ts'
import { Turns } from './turns.ts'

export interface PureEventBusOptions extends EventBusOptions {
  /** What measures timeouts; needed only where there are any. */
  clock?: Pick<Clock, 'after'>
}

/**
 * A bus of its own, without any storage.
 *
 * @throws LarderError `argument`
 */
export function createEventBus(options: PureEventBusOptions = {}): EventBus {
  return createStoreBus(options).bus
}

/** @throws LarderError `argument` */
export function createStoreBus(options: PureEventBusOptions): StoreBus {
  const bus = new Bus(options)
  return { bus: publicBus(bus), wants: (type) => bus.wants(type) }
}

function publicBus(bus: Bus): EventBus {
  return Object.freeze({
    on: (first: unknown, second?: unknown, third?: BusHandlerOptions) => bus.on(first, second, third),
    onAny: (handler: unknown, given?: BusHandlerOptions) => bus.subscribe(undefined, handler, given),
    use: (middleware: BusMiddleware) => bus.use(middleware),
    publishSync: (event: NewEvent) => bus.publishSync(event),
    publish: (event: NewEvent) => bus.publish(event),
    publishBatch: (events: readonly NewEvent[]) => bus.publishBatch(events),
    setConcurrency: (limit: number) => bus.setConcurrency(limit),
    close: () => bus.close(),
  } satisfies EventBus)
}

/** What a store hands its own events to. */
export interface StoreBus {
  readonly bus: EventBus
  /** Whether anybody might be given an event of this type, be it middleware, or whoever it passes another event to in its place. */
  wants(type: string): boolean
}

/** A publication on its way, as the bus itself waits for it. */
interface Way {
  readonly publication: Publication
  /** It has left the middleware, or will never. */
  readonly entered: Promise<void>
  /** Middleware and handlers are done. Never rejects. */
  readonly done: Promise<void>
}

class Bus {
  readonly #options: PureEventBusOptions
  readonly #timeoutMs: number | undefined
  readonly #turns: Turns
  readonly #ports: DeliveryPorts
  #subscriptions: readonly Subscription<Delivery>[] = []
  #middleware: readonly BusMiddleware[] = []
  readonly #running = new Set<Delivery>()
  /** The delivery whose handler is being called in this turn. */
  #calling: Delivery | undefined
  #isClosed = false

  constructor(options: PureEventBusOptions) {
    this.#options = options
    this.#timeoutMs = checkTimeout(options.timeoutMs)
    this.#checkClock(this.#timeoutMs)
    if (options.onError !== undefined) checkFunction('onError', options.onError)
    this.#turns = new Turns(checkConcurrency(options.concurrency), (delivery) => this.#call(delivery))
    this.#ports = {
      clock: options.clock,
      publish: (event, by) => this.publish(event, by),
      onEnd: (delivery) => this.#onEnd(delivery),
    }
  }

  on(first: unknown, second: unknown, third: BusHandlerOptions | undefined): () => void {
    if (!isHandlerObject(first)) return this.subscribe(typesOf(first), second, third)
    const name = first.constructor?.name ?? ''
    const options: BusHandlerOptions = { name: name === 'Object' ? '' : name, ...optionsOf(second) }
    const call = (event: NewEvent, context: BusContext) => first.handle(event as never, context)
    return this.subscribe(typesOf(first.eventTypes), call, options)
  }

  subscribe(types: ReadonlySet<string> | undefined, handler: unknown, given: BusHandlerOptions = {}): () => void {
    const { name, concurrency, timeoutMs } = optionsOf(given)
    if (!isHandler(handler)) throw argumentError('handler', `A handler is a function; got ${showValue(handler)}`)
    const ownTimeoutMs = checkTimeout(timeoutMs)
    this.#checkClock(ownTimeoutMs)
    const subscription = new Subscription<Delivery>({
      name: name ?? handler.name,
      types,
      limit: checkConcurrency(concurrency),
      timeoutMs: timeoutMs === undefined ? this.#timeoutMs : ownTimeoutMs,
      call: handler,
    })
    if (!this.#isClosed) this.#subscriptions = [...this.#subscriptions, subscription]
    return () => {
      this.#subscriptions = this.#subscriptions.filter((each) => each !== subscription)
      for (const delivery of subscription.end()) delivery.skip()
    }
  }

  wants(type: string): boolean {
    return this.#middleware.length > 0 || this.#subscriptions.some(({ options: { types } }) => types?.has(type) ?? true)
  }

  use(middleware: BusMiddleware): () => void {
    checkFunction('middleware', middleware)
    // Wrapped, so that the same function can be used twice, and each is taken out by its own answer.
    const own: BusMiddleware = Object.defineProperty(
      (event: NewEvent, next: Parameters<BusMiddleware>[1]) => middleware(event, next),
      'name',
      {
        value: middleware.name,
      },
    )
    this.#middleware = [...this.#middleware, own]
    return () => {
      this.#middleware = this.#middleware.filter((each) => each !== own)
    }
  }

  publishSync(event: NewEvent): Published {
    let isEntered = false
    const { publication } = this.#send(event, () => {
      isEntered = true
    })
    return publication.answer(!isEntered)
  }

  async publish(event: NewEvent, by = this.#calling): Promise<Published> {
    const { publication, done } = this.#send(event)
    if (by !== undefined) this.#turns.lend(by)
    await done
    if (by !== undefined) await this.#turns.takeBack(by)
    return publication.answer()
  }

  async publishBatch(events: readonly NewEvent[]): Promise<readonly Published[]> {
    const by = this.#calling
    if (!Array.isArray(events)) throw argumentError('events', `events is an array; got ${showValue(events)}`)
    for (const event of events) checkEvent(event)
    this.#assertOpen()
    const ways: Way[] = []
    if (by !== undefined) this.#turns.lend(by)
    for (const event of events) {
      const way = this.#isClosed ? this.#refused(event) : this.#send(event)
      ways.push(way)
      await way.entered
    }
    await Promise.all(ways.map(({ done }) => done))
    if (by !== undefined) await this.#turns.takeBack(by)
    return ways.map(({ publication }) => publication.answer())
  }

  setConcurrency(limit: number): void {
    this.#turns.setLimit(checkConcurrency(limit))
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const waiting = this.#subscriptions.flatMap((each) => each.end())
    this.#subscriptions = []
    this.#middleware = []
    for (const delivery of waiting) delivery.fail(closedError(), 'bus')
    for (const delivery of this.#running) delivery.abort(closedError())
  }

  /** @param onEntered called in the turn in which it leaves the middleware, or in which that is sure never to happen */
  #send(event: NewEvent, onEntered: () => void = () => undefined): Way {
    this.#assertOpen()
    checkEvent(event)
    const publication = new Publication(event, this.#options.onError)
    let enter = onEntered
    const entered = new Promise<void>((resolve) => {
      enter = () => {
        onEntered()
        resolve()
      }
    })
    const through = this.#pass(publication, event, this.#middleware, 0, enter)
    if (through === undefined) enter()
    const done = Promise.resolve(through)
      .then(enter)
      .then(() => publication.ended())
    return { publication, entered, done }
  }

  /** Through the middleware from `index` on; undefined where nothing of it has to be waited for. Never rejects. */
  #pass(
    publication: Publication,
    event: NewEvent,
    all: readonly BusMiddleware[],
    index: number,
    enter: () => void,
  ): Promise<void> | undefined {
    const middleware = all[index]
    if (middleware === undefined) {
      this.#deliver(publication, event)
      enter()
      return undefined
    }
    const fail = (error: unknown): void => {
      publication.fail({ event, by: 'middleware', name: middleware.name, error })
    }
    let isCalled = false
    const next = async (passed: NewEvent): Promise<void> => {
      try {
        checkEvent(passed)
        if (isCalled) throw argumentError('next', 'next was called before: an event is passed on once')
        isCalled = true
        await this.#pass(publication, passed, all, index + 1, enter)
        await publication.ended()
      } catch (error) {
        fail(error)
      }
    }
    try {
      const answer = middleware(event, next)
      return Promise.resolve(answer).then(() => undefined, fail)
    } catch (error) {
      fail(error)
      return undefined
    }
  }

  #deliver(publication: Publication, event: NewEvent): void {
    const wanting = this.#subscriptions.filter((each) => each.wants(event))
    publication.reach(wanting.length)
    for (const each of wanting) this.#turns.add(new Delivery(each, event, publication, this.#ports))
    this.#turns.pump()
  }

  #call(delivery: Delivery): void {
    const before = this.#calling
    this.#calling = delivery
    this.#running.add(delivery)
    try {
      delivery.run()
    } finally {
      this.#calling = before
    }
  }

  #onEnd(delivery: Delivery): void {
    // One that waits still has no place to leave.
    if (!this.#running.delete(delivery)) return
    this.#turns.leave(delivery)
    if (this.#calling !== delivery) this.#turns.pump()
  }

  #refused(event: NewEvent): Way {
    const publication = new Publication(event, this.#options.onError)
    publication.fail({ event, by: 'bus', name: '', error: closedError() })
    return { publication, entered: Promise.resolve(), done: Promise.resolve() }
  }

  #assertOpen(): void {
    if (this.#isClosed) throw closedError()
  }

  #checkClock(timeoutMs: number | undefined): void {
    if (timeoutMs === undefined || this.#options.clock !== undefined) return
    throw argumentError(
      'clock',
      'A timeout needs a clock: take createEventBus from @larder/sdk, which has one, or give createEventBus({ clock })',
    )
  }
}
