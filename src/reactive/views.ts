import { filter, map, Observable } from 'rxjs'
import type { Client } from '../client/client.ts'
import { isLarderError } from '../errors.ts'
import type { AnyProjection, KeyedProjection } from '../projection/define-projection.ts'
import type { Layer } from '../projection/projection-states.ts'
import type { Told } from '../protocol/worker-api.ts'
import type { ViewState } from './larder-views.ts'

type Update = Told['view']

export interface KeyedView {
  readonly projection: AnyProjection
  /** Empty for a projection with one state. */
  readonly key: string
  readonly layer: Layer
}

/** The states of one key; never errors. */
export function viewStates(client: Client, view: KeyedView): Observable<never> {
  const states = viewState(client, view).pipe(
    filter(({ phase }) => phase !== 'loading'),
    map(({ state }) => state),
  )
  // The caller's overload says what the state is.
  return distinct(states) as Observable<never>
}

export function viewState(client: Client, { projection, key, layer }: KeyedView): Observable<ViewState<never>> {
  return new Observable<ViewState<unknown>>((subscriber) => {
    let state: unknown = projection.initialState()
    subscriber.next({ state, phase: 'loading', error: undefined })
    return client.subscribe(
      { to: 'view', view: { projection: projection.name, target: { kind: 'key', key }, layer } },
      ({ states, fault }: Update) => {
        for (const [, latest] of states) state = latest
        subscriber.next({ state, phase: fault === undefined ? 'live' : 'faulted', error: fault })
      },
      (error) => {
        if (isLarderError(error, 'closed')) subscriber.complete()
        else subscriber.next({ state, phase: 'faulted', error: describe(error) })
      },
    )
  }) as Observable<ViewState<never>>
}

/** All states of a range of keys; a new map for every change. */
export function viewRange<S>(
  client: Client,
  projection: KeyedProjection<S>,
  range: { from: string; to: string },
): Observable<ReadonlyMap<string, S>> {
  return new Observable((subscriber) => {
    let states: ReadonlyMap<string, S> = new Map()
    return client.subscribe(
      { to: 'view', view: { projection: projection.name, target: { kind: 'range', ...range }, layer: 'all' } },
      (update: Update) => {
        const changed = update.states as readonly (readonly [string, S])[]
        const kept = update.isFirst ? [] : [...states].filter(([key]) => !update.gone.includes(key))
        states = new Map([...kept, ...changed].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
        subscriber.next(states)
      },
      (error) => {
        if (isLarderError(error, 'closed')) subscriber.complete()
      },
    )
  })
}

/** An update that brings no other state, such as a fault, is none for a view. */
function distinct(states: Observable<unknown>): Observable<unknown> {
  return new Observable((subscriber) => {
    let last: { state: unknown } | undefined
    return states.subscribe({
      next: (state) => {
        if (last !== undefined && Object.is(last.state, state)) return
        last = { state }
        subscriber.next(state)
      },
      complete: () => subscriber.complete(),
    })
  })
}

function describe(error: unknown): { code: string; message: string } {
  return isLarderError(error)
    ? { code: error.code, message: error.message }
    : { code: 'internal', message: 'The view cannot go on' }
}
