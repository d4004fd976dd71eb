import type { AnyEventDefinition, NewEventOf } from '../event/define-event.ts'
import type { NewEvent } from '../event/recorded-event.ts'

/** What a handler is given beside the event. */
export interface BusContext {
  /** Aborts when the handler's time is over, and when the bus is closed: what is done in its name should end with it. */
  readonly signal: AbortSignal
  /**
   * As the bus's own `publish`, in the name of this handler: until what it published is delivered, its places under the limits, the bus's and the
   * handler's own, are anybody's. So wait for it; for what is not waited for there is `publishSync`.
   */
  publish(event: NewEvent): Promise<Published>
}

/** Called with each event; what it throws, or rejects with, is told to whoever published, and keeps no other handler from the event. */
export type BusHandler<E extends NewEvent = NewEvent> = (event: E, context: BusContext) => unknown

/** A handler as a class: it says itself what it handles. */
export interface BusHandlerObject<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  /** Read once, when it is subscribed. */
  readonly eventTypes: E
  handle(event: NewEventOf<E[number]>, context: BusContext): unknown
}

export interface BusHandlerOptions {
  /** What failures and logs call it. Default: the name of the function or of the class. */
  name?: string
  /**
   * How many events it works on at a time, from 1. Default: as many as the bus allows. With 1, each begins when the one before has ended, or has
   * published something and waits for that: then it has lent its place, to whoever is next. A handler that must not be entered meanwhile publishes by
   * `publishSync`, which lends nothing.
   */
  concurrency?: number
  /** How long it may take for one event, in ms, from its call. Default: that of the bus. */
  timeoutMs?: number
}

/**
 * Stands between whoever publishes and the handlers. Passes the event on, or another in its place, by calling `next`; where it does not, nobody
 * is given the event. `next` resolves when the handlers are done, and never rejects.
 */
export type BusMiddleware = (event: NewEvent, next: (event: NewEvent) => Promise<void>) => unknown

export interface HandlerFailure {
  /** The event as the handler was given it. */
  readonly event: NewEvent
  /** `'bus'`: it was closed before the event's turn came. */
  readonly by: 'handler' | 'middleware' | 'bus'
  /** Name of the handler or middleware; empty where it has none. */
  readonly name: string
  /** What it threw: a LarderError `timeout` where it took too long. */
  readonly error: unknown
}

/** What became of an event. */
export interface Published {
  /** Handlers that were given it and ended well. */
  readonly delivered: number
  readonly failed: readonly HandlerFailure[]
  /** Of `publishSync`: handlers that have not ended yet, or wait for their turn, and middleware that waits. 0 else. */
  readonly pending: number
  /** A middleware did not pass it on, and none failed. */
  readonly stopped: boolean
}

export interface EventBusOptions {
  /** How many handlers may run at a time, over all events, from 1. Default: no limit. */
  concurrency?: number
  /** How long a handler may take for one event, in ms. Default: no limit. */
  timeoutMs?: number
  /**
   * Told of every failure, at once. Default: nobody. Then a failure that no answer tells of, because `publishSync` had answered before, becomes an
   * unhandled rejection.
   */
  onError?: (failure: HandlerFailure) => void
}

/**
 * Routes events in this process: nothing is stored, and nothing is checked.
 *
 * - Each handler is called with events in the order in which they left the middleware.
 * - A handler that fails, hangs or takes too long keeps no other from any event.
 * - Where nothing limits it, handlers are called within the call of `publish`, in the order in which they subscribed.
 * - Handlers may publish, subscribe and unsubscribe. Who calls `publish` lends its place under the limits to whoever is next until that is delivered: so
 *   waiting for it is safe, in whatever circle handlers publish to each other. It is known by its call: behind an `await`, use `context.publish`.
 *   `publishSync` lends nothing.
 */
export interface EventBus {
  /**
   * Answers a function that unsubscribes. From its call on the handler is given nothing more, neither what waits for its turn; what it was given before
   * it ends.
   *
   * @throws LarderError `argument`
   */
  on<const E extends readonly AnyEventDefinition[]>(
    types: E,
    handler: BusHandler<NewEventOf<E[number]>>,
    options?: BusHandlerOptions,
  ): () => void
  on<D extends AnyEventDefinition>(type: D, handler: BusHandler<NewEventOf<D>>, options?: BusHandlerOptions): () => void
  on<const E extends readonly AnyEventDefinition[]>(
    handler: BusHandlerObject<E>,
    options?: BusHandlerOptions,
  ): () => void
  /** Subscribes to events of every type. */
  onAny(handler: BusHandler, options?: BusHandlerOptions): () => void
  /** Adds a middleware behind those that there are; answers a function that takes it out again. */
  use(middleware: BusMiddleware): () => void
  /**
   * Calls the handlers before it returns, as far as no limit and no middleware that waits keeps it from that; what they then wait for goes on by itself.
   *
   * @throws LarderError `argument`, `closed`
   */
  publishSync(event: NewEvent): Published
  /**
   * Resolves when every handler has ended. Rejects for nobody's failure.
   *
   * @throws LarderError `argument`, `closed`
   */
  publish(event: NewEvent): Promise<Published>
  /**
   * Publishes events in their order, and answers in that order when every handler of every one has ended. Each enters the middleware when the one before
   * has left it, so middleware that waits does not change their order.
   *
   * @throws LarderError `argument`, and then none was published; `closed`
   */
  publishBatch(events: readonly NewEvent[]): Promise<readonly Published[]>
  /** From now on so many handlers may run at a time; those that run already are let be. */
  setConcurrency(limit: number): void
  /** For good: nothing more can be published, what waits for its turn fails as `closed`, and the signals of what runs abort. */
  close(): void
}
