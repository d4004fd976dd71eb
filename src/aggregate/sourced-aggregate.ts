import { argumentError } from '../errors.ts'
import type { AnyEventDefinition, EventOf, NewEventOf } from '../event/define-event.ts'
import type { DomainEvent, NewEvent } from '../event/recorded-event.ts'
import { type AnyAggregate, createAggregate, type SnapshotOptions } from './define-aggregate.ts'

/** What keeps the events that are applied to an instance: a draft, as `edit` gives it. */
export interface AppliedEvents {
  readonly version: number
  readonly uncommitted: readonly NewEvent[]
  apply(event: NewEvent): void
}

/** What only this file may do with an instance. */
let inside: {
  readonly fold: (instance: SourcedAggregate, event: DomainEvent) => void
  readonly attach: (instance: SourcedAggregate, draft: AppliedEvents) => void
}

/** An aggregate as an object whose fields are its state. Made by `larder.load`, saved by `larder.save`. */
export abstract class SourcedAggregate<E extends AnyEventDefinition = AnyEventDefinition> {
  readonly #id: string
  #draft: AppliedEvents | undefined

  constructor(id: string) {
    this.#id = id
  }

  get id(): string {
    return this.#id
  }

  /** How many events its stream had when it was loaded, or saved last; 0: it is new. */
  get version(): number {
    return this.#loaded.version
  }

  /** What was applied and not saved yet. */
  get uncommitted(): readonly NewEvent[] {
    return this.#loaded.uncommitted
  }

  /**
   * Checks an event as `append` does, and folds it at once.
   *
   * @throws LarderError `argument` on an instance that `larder.load` did not give, `aggregate-faulted`, and what `append` throws of an event
   */
  apply(event: NewEventOf<E>): void {
    this.#loaded.apply(event)
  }

  /** Takes an event into the fields. Called for each event of the stream, and for each that is applied: so it decides nothing and has no effects. */
  protected abstract when(event: EventOf<E>): void

  get #loaded(): AppliedEvents {
    if (this.#draft !== undefined) return this.#draft
    throw argumentError(
      'aggregate',
      'This instance was made by hand: load it with larder.load(…, id), also when it is new',
    )
  }

  static {
    inside = {
      // The engine hands it events of the listed types only, read with the definitions that `when` is typed by.
      fold: (instance, event) => instance.when(event as never),
      attach: (instance, draft) => {
        instance.#draft = draft
      },
    }
  }
}

/** Gives an instance the draft that keeps what is applied to it. */
export function attachDraft(instance: SourcedAggregate, draft: AppliedEvents): void {
  inside.attach(instance, draft)
}

/** A class of such aggregates. */
export interface AggregateClass<T extends SourcedAggregate> {
  new (id: string): T
  /** For `defineDomain({ aggregates })`. */
  readonly definition: AnyAggregate
}

export interface SourcedAggregateOptions<E extends readonly AnyEventDefinition[]> {
  /** As in `defineAggregate`. */
  stream: (id: string) => string
  /** As in `defineAggregate`. */
  events: E
  /** As in `defineAggregate`; `version` is raised whenever the fields, or what `when` does to them, change. */
  snapshot?: SnapshotOptions
}

export type AggregateBase<E extends AnyEventDefinition> = (abstract new (
  id: string,
) => SourcedAggregate<E>) & { readonly definition: AnyAggregate }

/**
 * A base for an aggregate that is written as a class, as in object-oriented event sourcing: its fields are the state, `when` takes an event into them, and
 * methods decide and `apply`. The same machinery as `defineAggregate`, and no commands: what it decides is not decided again by itself.
 *
 * ```ts
 * class UserAggregate extends EventSourcedAggregate('user', { stream: (id) => `user-${id}`, events: [UserRegistered] }) {
 *   email = ''
 *   protected when(event: EventOf<typeof UserRegistered>): void {
 *     this.email = event.data.email
 *   }
 * }
 * const nutrition = defineDomain({ …, aggregates: [UserAggregate.definition] })
 *
 * const user = await larder.load(UserAggregate, '123')
 * user.apply(UserRegistered({ email: 'ann@example.com' }))
 * await larder.save(user)
 * ```
 *
 * The fields have to be plain data: they cross threads, and are kept as snapshots. The constructor takes the id, and nothing else.
 *
 * @throws LarderError as `defineAggregate`
 */
export function EventSourcedAggregate<const E extends readonly AnyEventDefinition[]>(
  name: string,
  options: SourcedAggregateOptions<E>,
): AggregateBase<E[number]> {
  const definitions = new WeakMap<object, AnyAggregate>()
  abstract class Base extends SourcedAggregate<E[number]> {
    static get definition(): AnyAggregate {
      // biome-ignore lint/complexity/noThisInStatic: it is asked of the class that extends this one, and can be made
      const type = this as unknown as AggregateClass<SourcedAggregate>
      const definition = definitions.get(type) ?? definitionOf(name, options, type)
      definitions.set(type, definition)
      return definition
    }
  }
  return Base
}

function definitionOf(
  name: string,
  options: SourcedAggregateOptions<readonly AnyEventDefinition[]>,
  type: AggregateClass<SourcedAggregate>,
): AnyAggregate {
  return createAggregate(name, {
    ...options,
    commands: new Map(),
    initialState: (id) => new type(id),
    evolveState: (state, event) => {
      if (state instanceof SourcedAggregate) inside.fold(state, event)
      return state
    },
    toPlain: fieldsOf,
    fromPlain: (id, fields) => Object.assign(new type(id), fields),
  })
}

/** Without functions, such as handlers that are fields: no thread lets them through. */
function fieldsOf(state: unknown): unknown {
  return Object.fromEntries(Object.entries(state ?? {}).filter(([, value]) => typeof value !== 'function'))
}
