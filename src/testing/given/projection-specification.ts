import type { DomainEvent } from '../../event/recorded-event.ts'
import type { AnyProjection, KeyedProjection, SingleProjection } from '../../projection/define-projection.ts'
import { differences } from '../compare/differences.ts'
import { showValue } from '../compare/show-value.ts'
import { deepFreeze } from './deep-freeze.ts'
import { specificationFailure } from './specification-failure.ts'

/** What is said of a projection with one state. */
export interface GivenSingle<S> {
  /** Its state is this. */
  then(state: S): void
}

/** What is said of a projection with a state per key. */
export interface GivenKeyed<S> {
  /** Its state of this key is this; of a key that no event touches it is the initial one. */
  thenState(key: string, state: S): void
  /** These keys were touched, in whatever order, and no others. */
  thenKeys(keys: readonly string[]): void
}

export function specifySingle<S>(projection: SingleProjection<S>, events: readonly DomainEvent[]): GivenSingle<S> {
  return {
    // biome-ignore lint/suspicious/noThenProperty: given … then is what it is called; it is no promise, and refuses to be taken for one.
    then: (state) => {
      if (typeof state === 'function')
        throw specificationFailure('given(…) is no promise: call its then with a state', [])
      expectState(projection, events, '', state)
    },
  }
}

export function specifyKeyed<S>(projection: KeyedProjection<S>, events: readonly DomainEvent[]): GivenKeyed<S> {
  return {
    thenState: (key, state) => expectState(projection, events, key, state),
    thenKeys: (keys) => {
      const touched = [...fold(projection, events).keys()].toSorted()
      const found = differences(keys.toSorted(), touched)
      if (found.length === 0) return
      const told = [`expected: ${showValue(keys.toSorted())}`, `came:     ${showValue(touched)}`, ...found]
      throw specificationFailure(`${projection.name} touched other keys than expected`, told)
    },
  }
}

function expectState(projection: AnyProjection, events: readonly DomainEvent[], key: string, expected: unknown): void {
  const [states, again] = [fold(projection, events), fold(projection, events)]
  const where = `${projection.name}${projection.kind === 'keyed' ? ` '${key}'` : ''}`
  const unsteady = [...differences(states, again)]
  if (unsteady.length > 0)
    throw specificationFailure(`${where} is not a function of its events: folded twice, it differs`, unsteady)
  const actual = states.has(key) ? states.get(key) : projection.initialState()
  const found = differences(expected, actual)
  if (found.length === 0) return
  const told = [
    `expected: ${showValue(expected)}`,
    `came:     ${showValue(actual)}`,
    ...found.map((line) => `at ${line}`),
  ]
  throw specificationFailure(`${where} is not the state that was expected`, told)
}

function fold(projection: AnyProjection, events: readonly DomainEvent[]): ReadonlyMap<string, unknown> {
  const states = new Map<string, unknown>()
  for (const [index, event] of events.entries()) {
    if (!projection.types.has(event.type)) continue
    try {
      // What it was given must stay as it is: other tabs and other projections hold it too.
      deepFreeze(event)
      for (const key of projection.keysOf(event)) {
        const before = states.has(key) ? states.get(key) : projection.initialState()
        states.set(key, projection.evolveState(deepFreeze(before), event))
      }
    } catch (cause) {
      const told = [String(cause), `event: ${showValue(event.data)}`]
      throw specificationFailure(`${projection.name} threw at event ${index}, ${event.type}`, told, cause)
    }
  }
  return states
}
