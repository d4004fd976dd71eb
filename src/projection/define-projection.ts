import { argumentError } from '../errors.ts'
import type { AnyEventDefinition, EventOf } from '../event/define-event.ts'
import type { DomainEvent } from '../event/recorded-event.ts'

/** One pure function per event type. It gets the state and answers the next; it never changes what it was given. */
export type Evolve<E extends readonly AnyEventDefinition[], S> = {
  readonly [K in E[number]['type']]: (state: S, event: EventOf<Extract<E[number], { readonly type: K }>>) => NoInfer<S>
}

/** Which of a keyed projection's states an event touches. */
export type KeyResult = string | readonly string[] | undefined

/**
 * What becomes of a projection when `key` or `evolve` throws at an event.
 *
 * - `'stop'`: its states stay as they were before that event. Nothing is wrong, and nothing is new, until it is mended.
 * - `'skip'`: the event is left out, and the projection goes on. Its states may be wrong by that event.
 * - `'park'`: the keys that the event touches stop, each as with `'stop'`; the others go on. Where `key` itself throws, nobody knows which keys
 *   those are, and all stop.
 */
export type FaultPolicy = 'stop' | 'skip' | 'park'

/** What the engine runs; its states are `unknown` there. */
export interface AnyProjection {
  readonly name: string
  readonly version: number
  readonly kind: 'keyed' | 'single'
  readonly types: ReadonlySet<string>
  readonly keysOf: (event: DomainEvent) => readonly string[]
  readonly initialState: () => unknown
  readonly evolveState: (state: unknown, event: DomainEvent) => unknown
  readonly onFault: FaultPolicy
  /** Undefined where states of other versions cannot be shown. */
  readonly showOld: ((state: unknown, version: number) => unknown) | undefined
}

/** One state per key. */
export interface KeyedProjection<S> extends AnyProjection {
  readonly kind: 'keyed'
  readonly initialState: () => S
}

/** One state. */
export interface SingleProjection<S> extends AnyProjection {
  readonly kind: 'single'
  readonly initialState: () => S
}

/** The state of a projection, or of an aggregate. */
export type StateOf<P> = P extends { readonly initialState: (id: string) => infer S } ? S : never

interface ProjectionOptions<E extends readonly AnyEventDefinition[], S> {
  /** Whole number from 1. Raise it whenever the states would come out different: they are then rebuilt. */
  version: number
  /** The events that it folds. */
  events: E
  /** The state before the first event. */
  initial: () => S
  evolve: Evolve<E, S>
  /**
   * Makes a state that can be shown out of one that an earlier version of this projection has left, while this version is built. `undefined`
   * shows nothing. It gets what that version's `initial` and `evolve` have made, and that version. Default: nothing is shown until it is built.
   */
  showOld?: ((state: unknown, version: number) => NoInfer<S> | undefined) | undefined
}

const POLICIES: readonly unknown[] = ['stop', 'skip', 'park']

const SINGLE_KEY: readonly string[] = ['']

/**
 * A read model as data and pure functions, folded from the log: same log, same definition, same state, on every device.
 *
 * With `key` it holds one state per key; `key` may answer one key, several, or none for an event. Without, it holds one state.
 *
 * A state that is one of several words (`status: 'open' | 'done'`) is known as such where the functions of `evolve` say what they answer,
 * `(state): Order => ({ ...state, status: 'open' })`, or where the call is given its types: `defineProjection<readonly [typeof Opened], Order>(…)`.
 *
 * `onFault` says what a throwing function costs: see {@link FaultPolicy}. Default `'stop'`.
 *
 * @throws LarderError `argument` when the version is not a whole number from 1, an event has no function in `evolve`, or `onFault` is none
 */
export function defineProjection<const E extends readonly AnyEventDefinition[], S>(
  name: string,
  options: ProjectionOptions<E, S> & { key: (event: EventOf<E[number]>) => KeyResult; onFault?: FaultPolicy },
): KeyedProjection<S>
export function defineProjection<const E extends readonly AnyEventDefinition[], S>(
  name: string,
  options: ProjectionOptions<E, S> & { key?: undefined; onFault?: Exclude<FaultPolicy, 'park'> },
): SingleProjection<S>
export function defineProjection<const E extends readonly AnyEventDefinition[], S>(
  name: string,
  options: ProjectionOptions<E, S> & {
    key?: ((event: EventOf<E[number]>) => KeyResult) | undefined
    onFault?: FaultPolicy
  },
): KeyedProjection<S> | SingleProjection<S> {
  if (name === '') throw argumentError('name', 'A projection needs a name')
  if (!Number.isSafeInteger(options.version) || options.version < 1) {
    throw argumentError('version', `The version of projection ${name} is a whole number from 1; got ${options.version}`)
  }
  const evolve: Readonly<Record<string, unknown>> = options.evolve
  const types = new Set(options.events.map((definition) => definition.type))
  for (const type of types) {
    if (!Object.hasOwn(evolve, type) || typeof evolve[type] !== 'function')
      throw argumentError('evolve', `Projection ${name} folds ${type}, but evolve has no function for it`)
  }
  const { key, onFault = 'stop', showOld } = options
  if (!POLICIES.includes(onFault))
    throw argumentError('onFault', `onFault of projection ${name} is 'stop', 'skip' or 'park'; got ${String(onFault)}`)
  if (onFault === 'park' && key === undefined)
    throw argumentError('onFault', `Projection ${name} has one state, so that no others could go on: stop or skip`)
  if (showOld !== undefined && typeof showOld !== 'function')
    throw argumentError('showOld', `showOld of projection ${name} is a function, or left out`)
  const common = {
    name,
    version: options.version,
    types,
    initialState: options.initial,
    evolveState: evolver(evolve),
    onFault,
    showOld,
  }
  if (key === undefined) return Object.freeze({ ...common, kind: 'single', keysOf: () => SINGLE_KEY })
  // The engine hands it events of the listed types only, read with the definitions that `key` is typed by.
  const keyOf = key as (event: DomainEvent) => KeyResult
  return Object.freeze({ ...common, kind: 'keyed', keysOf: (event: DomainEvent) => keyList(keyOf(event)) })
}

function evolver(evolve: Readonly<Record<string, unknown>>): AnyProjection['evolveState'] {
  const byType = evolve as Readonly<Record<string, (state: unknown, event: DomainEvent) => unknown>>
  return (state, event) => byType[event.type]?.(state, event)
}

function keyList(keys: KeyResult): readonly string[] {
  if (keys === undefined) return []
  return typeof keys === 'string' ? [keys] : [...new Set(keys)]
}
