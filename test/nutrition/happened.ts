import type { DomainEvent, KeyedProjection, NewEvent, SingleProjection } from '../../src/domain.ts'
import { MealLogged, MealRemoved } from '../../src/nutrition/index.ts'

export type MealInput = Parameters<typeof MealLogged>[0]

export const toast: MealInput = {
  userId: 'ada',
  mealId: 'toast',
  day: '2026-11-23',
  slot: 'breakfast',
  name: 'Toast',
  calories: 160,
  protein: 5.3,
  carbs: 29.1,
  fat: 2.2,
  fibre: 3.1,
}

let count = 0

/** What a device would have stored: each event has its own id, and is a minute later than the one before. */
export function happened(event: NewEvent, time?: string): DomainEvent {
  count++
  return {
    id: `event-${count}`,
    type: event.type,
    version: event.version,
    stream: 'any',
    data: event.data,
    time: time ?? new Date(Date.UTC(2026, 10, 23, 8, count)).toISOString(),
    metadata: {},
  }
}

export function logged(meal: Partial<MealInput> = {}, time?: string): DomainEvent {
  return happened(MealLogged({ ...toast, ...meal }), time)
}

export function removed(mealId: string, day = toast.day): DomainEvent {
  return happened(MealRemoved({ userId: toast.userId, mealId, day }))
}

export function fold<S>(projection: SingleProjection<S>, events: readonly DomainEvent[]): S {
  return foldKeys(projection, events).get('') ?? projection.initialState()
}

export function foldKey<S>(projection: KeyedProjection<S>, key: string, events: readonly DomainEvent[]): S {
  return foldKeys(projection, events).get(key) ?? projection.initialState()
}

function foldKeys<S>(
  projection: KeyedProjection<S> | SingleProjection<S>,
  events: readonly DomainEvent[],
): ReadonlyMap<string, S> {
  const states = new Map<string, S>()
  for (const event of events) {
    if (!projection.types.has(event.type)) continue
    for (const key of projection.keysOf(event)) {
      const before = states.get(key) ?? projection.initialState()
      // The projection's own type says what its states are; the engine's view of it does not.
      states.set(key, projection.evolveState(before, event) as S)
    }
  }
  return states
}
