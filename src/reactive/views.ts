import { filter, map, Observable } from 'rxjs'
import type { Client } from '../client/client.ts'
import { argumentError, isLarderError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'
import type { AnyProjection, KeyedProjection } from '../projection/define-projection.ts'
import type { Layer } from '../projection/projection-states.ts'
import type { Told } from '../protocol/worker-api.ts'
import { checkObject } from './check-options.ts'
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
  const states = toldStates(client, view).pipe(
    filter(({ isKnown }) => isKnown),
    map(({ shown }) => shown.state),
  )
  // The caller's overload says what the state is.
  return distinct(states) as Observable<never>
}

export function viewState(client: Client, view: KeyedView): Observable<ViewState<never>> {
  return toldStates(client, view).pipe(map(({ shown }) => shown)) as Observable<ViewState<never>>
}

interface ToldState {
  readonly shown: ViewState<unknown>
  /** The worker has told this state, and nobody made it up for want of another. */
  readonly isKnown: boolean
}

function toldStates(client: Client, { projection, key, layer }: KeyedView): Observable<ToldState> {
  return new Observable<ToldState>((subscriber) => {
    let state: unknown = projection.initialState()
    let isKnown = false
    let last: Pick<Update, 'phase' | 'progress'> = { phase: 'loading', progress: undefined }
    const show = (error: ViewState<unknown>['error']) => {
      const phase = error === undefined ? last.phase : 'faulted'
      subscriber.next({ shown: { state, phase, progress: last.progress, error }, isKnown })
    }
    show(undefined)
    return client.subscribe(
      { to: 'view', view: { projection: projection.name, target: { kind: 'key', key }, layer } },
      ({ states, fault, phase, progress }: Update) => {
        for (const [, latest] of states) {
          state = latest
          isKnown = true
        }
        last = { phase, progress }
        show(fault)
      },
      (error) => {
        if (isLarderError(error, 'closed')) subscriber.complete()
        else show(describe(error))
      },
    )
  })
}

/** All states of a range of keys; a new map for every change. */
export function viewRange<S>(
  client: Client,
  projection: KeyedProjection<S>,
  range: { from: string; to: string },
): Observable<ReadonlyMap<string, S>> {
  checkObject('range', range)
  for (const end of ['from', 'to'] as const)
    if (typeof range[end] !== 'string')
      throw argumentError(end, `${end} is a key, and so a text; got ${showValue(range[end])}`)
  return new Observable((subscriber) => {
    let states: ReadonlyMap<string, S> = new Map()
    return client.subscribe(
      {
        to: 'view',
        view: { projection: projection.name, target: { kind: 'range', from: range.from, to: range.to }, layer: 'all' },
      },
      (update: Update) => {
        // That nothing is known yet, or that it stands still, is none of its states.
        if (!update.isFirst && update.states.length + update.gone.length === 0) return
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
