import { argumentError } from '../errors.ts'
import type { AnyEventDefinition, NewEventOf } from '../event/define-event.ts'
import type { DomainEvent, NewEvent } from '../event/recorded-event.ts'
import { showValue } from '../event/show-value.ts'
import type { Evolve } from '../projection/define-projection.ts'
import type { AnyCommand, ArgsIn, CommandSchemas, Commands } from './command.ts'

export interface SnapshotOptions {
  /** A snapshot is taken when so many confirmed events follow the last one, a whole number from 1. Few: more is written; many: more is folded. */
  readonly every: number
  /** Whole number from 1. Raise it whenever `initial` or `evolve` would give another state: what was kept is then void. */
  readonly version: number
}

/** What the engine runs; its states are `unknown` there. */
export interface AnyAggregate {
  readonly kind: 'aggregate'
  readonly name: string
  readonly events: readonly AnyEventDefinition[]
  readonly types: ReadonlySet<string>
  readonly commands: ReadonlyMap<string, AnyCommand>
  readonly snapshot: SnapshotOptions | undefined
  readonly streamOf: (id: string) => string
  readonly initialState: (id: string) => unknown
  readonly evolveState: (state: unknown, event: DomainEvent) => unknown
  /** A state as plain data, to be kept or to cross a thread, and back. */
  readonly toPlain: (state: unknown) => unknown
  readonly fromPlain: (id: string, plain: unknown) => unknown
}

/** What an aggregate is made of, as types. */
export interface AggregateTypes {
  readonly state: unknown
  /** Of `apply`. */
  readonly event: NewEvent
  /** What each command takes, by name. */
  readonly commands: object
}

/** An aggregate with its types. */
export interface Aggregate<T extends AggregateTypes> extends AnyAggregate {
  readonly initialState: (id: string) => T['state']
  /** For the compiler only; never there. */
  readonly '~types'?: T
}

export type TypesOf<A> = A extends Aggregate<infer T> ? T : never

export interface AggregateOptions<E extends readonly AnyEventDefinition[], S> {
  /** The stream of the one with this id: letters, digits, `.`, `_`, `:` and `-`. Its events go there, wherever their definitions put them otherwise. */
  stream: (id: string) => string
  /** What can happen to it. Events of other types in its stream are passed over. */
  events: E
  /** The state before the first event. */
  initial: () => S
  evolve: Evolve<E, S>
  /** Keep the state every so many events, so that loading a long stream is quick. Default: it is folded from its beginning. */
  snapshot?: SnapshotOptions
}

/**
 * Something with an identity and rules of its own: its state is folded from the events of its stream, and its commands decide by that state what
 * happens next. Data and pure functions; see `execute`, `edit` and `load` of `Larder`.
 *
 * @throws LarderError `argument` when it has no name or no events, an event has no function in `evolve`, a command is named `then`, or `snapshot` is none
 */
export function defineAggregate<const E extends readonly AnyEventDefinition[], S, A extends CommandSchemas>(
  name: string,
  options: AggregateOptions<E, S> & {
    /** What it can be told to do. `{}` where events are only applied: see `edit`. */
    commands: Commands<E, S, A>
  },
): Aggregate<{ state: S; event: NewEventOf<E[number]>; commands: { [K in keyof A]: ArgsIn<A[K]> } }> {
  const { initial, commands, ...rest } = options
  const evolve: Readonly<Record<string, unknown>> = options.evolve
  for (const { type } of options.events) {
    if (!Object.hasOwn(evolve, type) || typeof evolve[type] !== 'function')
      throw argumentError('evolve', `Aggregate ${name} has the event ${type}, but evolve has no function for it`)
  }
  const byType = evolve as Readonly<Record<string, (state: unknown, event: DomainEvent) => unknown>>
  return createAggregate(name, {
    ...rest,
    commands: commandsOf(name, commands),
    initialState: initial,
    evolveState: (state, event) => {
      const evolveOne = byType[event.type]
      return evolveOne === undefined ? state : evolveOne(state, event)
    },
  })
}

interface Parts<S> {
  readonly stream: (id: string) => string
  readonly events: readonly AnyEventDefinition[]
  readonly snapshot?: SnapshotOptions
  readonly commands: ReadonlyMap<string, AnyCommand>
  readonly initialState: (id: string) => S
  readonly evolveState: AnyAggregate['evolveState']
  readonly toPlain?: AnyAggregate['toPlain']
  readonly fromPlain?: AnyAggregate['fromPlain']
}

/** Whatever way it was written. */
export function createAggregate<S>(name: string, parts: Parts<S>): AnyAggregate & { initialState: (id: string) => S } {
  if (typeof name !== 'string' || name === '') throw argumentError('name', 'An aggregate needs a name')
  if (typeof parts.stream !== 'function')
    throw argumentError('stream', `Aggregate ${name} needs a function that says the stream of an id`)
  if (parts.events.length === 0) throw argumentError('events', `Aggregate ${name} needs at least one event`)
  const { snapshot } = parts
  for (const [option, value] of Object.entries(snapshot === undefined ? {} : pick(snapshot)))
    if (!Number.isSafeInteger(value) || value < 1)
      throw argumentError('snapshot', `snapshot.${option} of aggregate ${name} is a whole number from 1; got ${value}`)
  return Object.freeze({
    kind: 'aggregate',
    name,
    events: parts.events,
    types: new Set(parts.events.map(({ type }) => type)),
    commands: parts.commands,
    snapshot,
    streamOf: parts.stream,
    initialState: parts.initialState,
    evolveState: parts.evolveState,
    toPlain: parts.toPlain ?? ((state: unknown) => state),
    fromPlain: parts.fromPlain ?? ((_id: string, plain: unknown) => plain),
  })
}

/** A snapshot without one of them counts as wrong, not as one with a default. */
function pick({ every, version }: SnapshotOptions): SnapshotOptions {
  return { every, version }
}

function commandsOf(aggregate: string, commands: object): ReadonlyMap<string, AnyCommand> {
  const byName = new Map<string, AnyCommand>()
  for (const [name, command] of Object.entries(commands)) {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) || name === 'then') {
      const why = name === 'then' ? 'a promise has one, and what has one is taken for a promise' : 'it is no name'
      throw argumentError('commands', `A command of ${aggregate} cannot be named ${showValue(name)}: ${why}`)
    }
    if (typeof command?.decide !== 'function')
      throw argumentError('commands', `Command ${name} of ${aggregate} needs a function decide`)
    byName.set(name, command as AnyCommand)
  }
  return byName
}
