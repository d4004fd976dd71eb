import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import type { EventBus } from '../bus/event-bus.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { AppendOptions } from '../event/prepare-commit.ts'
import type { NewEvent, RecordedEvent } from '../event/recorded-event.ts'
import type { CommandsOf, ExecuteOptions } from './larder-aggregates.ts'
import type { Receipt } from './receipt.ts'

export interface HandleOptions {
  /** Under which its progress is kept, in this store: the same at every start. Another name is another handler, with a place of its own. */
  name: string
  /** How many streams are worked on at a time, from 1. Default 50. */
  concurrency?: number
  retry?: {
    /** How often an event is tried, with a growing pause in between, before it becomes a dead letter. Default 3. */
    attempts?: number
  }
  /**
   * `'confirmed'`: when the server has accepted the event, in a store that syncs; at once in one that does not. `'stored'`: own events at once, though the
   * server may refuse them yet. Default `'confirmed'`.
   */
  when?: 'confirmed' | 'stored'
  /**
   * Where it begins the first time that it is ever registered: `'now'` behind all that there is, on the server too, and what waits for it
   * included, or at the `'start'` of the log. Default `'now'`.
   */
  from?: 'now' | 'start'
  /** `'origin'`: only on the device that made the event. `'every-device'`: on each device that has the handler. Default `'origin'`. */
  scope?: 'origin' | 'every-device'
  /** How long one attempt may take, in ms; `Infinity` for ever. One that hangs keeps its stream waiting. Default 300,000. */
  timeoutMs?: number
}

export interface HandleContext {
  /** Aborts when the attempt's time is over, when the handler is stopped, and when this tab loses it. */
  readonly signal: AbortSignal
  /** 1 for the first. */
  readonly attempt: number
  /**
   * Stores events, once for this event and handler however often it runs: the n-th append of a run has ids derived from handler, event and n. What a run
   * before has stored counts, and what a later run gives in its place is passed over; so append in the same order in every run. Metadata say what caused
   * them, as `causedBy` does: `causationId` is the event's id, `correlationId` its own, or the id of its commit where it has none.
   *
   * @throws LarderError what `larder.append` throws
   */
  append(events: NewEvent | readonly NewEvent[], options?: Omit<AppendOptions, 'id'>): Promise<Receipt>
  /**
   * Tells an aggregate to do something, as `larder.execute` does, once for this event and handler however often it runs: the n-th command of a run has an id
   * derived from handler, event and n, and metadata that say what caused it. What a run before has stored counts; one that stored nothing is decided again.
   *
   * @throws LarderError what `larder.execute` throws
   */
  execute<A extends AnyAggregate>(aggregate: A, id: string, options?: Omit<ExecuteOptions, 'id'>): CommandsOf<A>
}

export type HandledEventOf<E extends readonly AnyEventDefinition[]> = RecordedEvent & EventOf<E[number]>

/** A durable handler as a class: it says itself what it handles. */
export interface HandlerObject<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  readonly eventTypes: E
  handle(event: HandledEventOf<E>, context: HandleContext): unknown
}

export interface DurableHandler {
  readonly name: string
  /**
   * Resolves when its place in the log is stored. What this tab appends after the call of `handle` lies behind it in any case.
   *
   * @throws LarderError `storage-…`, `closed`; the engine goes on trying all the same
   */
  readonly ready: Promise<void>
  /**
   * Ends it in this tab. No event is given to the function any more, and what runs is told by its signal. Resolves when that has ended, or after 5 s, and
   * what it has done is stored; what ends well until then is done, the rest is handled again by whoever has the handler next. Until then no other tab, nor
   * another `handle` of the name, is given anything. A function that ignores its signal for longer may run beside its successor; one that waits for its own
   * handler's `stop` waits these 5 s. Closing the Larder waits for none. Never rejects.
   */
  stop(): Promise<void>
}

/** What reacts to events. */
export interface LarderHandlers {
  /**
   * A bus in this tab. What this tab stores is published on it right after that is acknowledged: by `append`, `appendAll`, commands, drafts that are saved,
   * handlers' appends and commands, and `deadLetters.amend`. So is what is given to its `publish` methods, which is not stored. What was stored before under
   * the same id is not published again, and what a backup brings is not published at all. Nothing waits for its handlers, and nothing is given again after a
   * reload.
   */
  readonly bus: EventBus
  /**
   * Handles every event of these types, from where the handler stands.
   *
   * - At least once: what was being handled when a tab dies is handled again, by the next start or by another tab that has registered the same name.
   * - In one tab of a browser at a time, in order per stream; different streams beside each other.
   * - An event that fails is tried again after a growing pause, during which its stream waits; after that it becomes a dead letter of kind `handler`, and
   *   the stream goes on.
   *
   * The function runs in this tab; what it needs of other systems it should ask for with the event's id, so that they too know it again.
   *
   * @throws LarderError `argument`, `unknown-type`, `closed`
   */
  handle<const E extends readonly AnyEventDefinition[]>(
    types: E,
    handler: (event: HandledEventOf<E>, context: HandleContext) => unknown,
    options: HandleOptions,
  ): DurableHandler
  handle<D extends AnyEventDefinition>(
    type: D,
    handler: (event: RecordedEvent & EventOf<D>, context: HandleContext) => unknown,
    options: HandleOptions,
  ): DurableHandler
  handle<const E extends readonly AnyEventDefinition[]>(
    handler: HandlerObject<E>,
    options: HandleOptions,
  ): DurableHandler
}
