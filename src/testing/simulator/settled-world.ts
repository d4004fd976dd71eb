import { argumentError } from '../../errors.ts'
import type { DomainEvent } from '../../event/recorded-event.ts'
import type { Domain } from '../../projection/define-domain.ts'
import type { KeyedProjection, SingleProjection } from '../../projection/define-projection.ts'
import type { Larder } from '../../reactive/larder.ts'
import { eventsOf, refold } from './refold.ts'
import type { Scene } from './scene.ts'

/** How everything stands in the end, when all devices agree. */
export interface SettledWorld {
  /** All events that were accepted, in their order, read with today's definitions. */
  readonly events: readonly DomainEvent[]
  /** The state of a projection; of a key that no event touched, the initial one. */
  state<S>(projection: SingleProjection<S>): S
  state<S>(projection: KeyedProjection<S>, key: string): S
  /** All states of a projection, by key. */
  states<S>(projection: KeyedProjection<S>): ReadonlyMap<string, S>
  /** Of every open tab. They may be asked, at no cost but virtual time. */
  readonly larders: readonly Larder[]
}

export function settledWorld(domain: Domain, scene: Scene): SettledWorld {
  const events = eventsOf(domain.catalog, scene.server.log.commits)
  const statesOf = (name: string): ReadonlyMap<string, unknown> => {
    const projection = domain.projections.get(name)
    if (projection === undefined) throw argumentError('projection', `There is no projection ${name} in this domain`)
    return refold(projection, events)
  }
  return {
    events,
    larders: scene.devices.flatMap(({ installation }) => installation.open.flatMap(({ larder }) => larder ?? [])),
    state: <S>(projection: SingleProjection<S> | KeyedProjection<S>, key = ''): S => {
      const states = statesOf(projection.name)
      // The projection folded them.
      return states.has(key) ? (states.get(key) as S) : projection.initialState()
    },
    states: <S>(projection: KeyedProjection<S>) => statesOf(projection.name) as ReadonlyMap<string, S>,
  }
}
