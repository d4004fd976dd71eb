import { useMemo } from 'react'
import type { Observable } from 'rxjs'
import { argumentError } from '../errors.ts'
import type { KeyedProjection, SingleProjection } from '../projection/define-projection.ts'
import type { Larder } from '../reactive/larder.ts'
import type { ViewOptions, ViewState } from '../reactive/larder-views.ts'
import { useLarder } from './context.ts'
import { observableStore } from './observable-store.ts'
import { useObservableStore } from './use-observable-store.ts'

/**
 * The state of a projection, and every change of it. `undefined` while it loads, and again at once when the key changes: a state is never
 * shown under another key.
 *
 * @example
 * const day = useView(dailyIntake, '2026-11-23')
 * if (day === undefined) return <Loading />
 */
export function useView<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): S | undefined
export function useView<S>(projection: SingleProjection<S>, options?: ViewOptions): S | undefined
export function useView<S>(
  projection: KeyedProjection<S> | SingleProjection<S>,
  keyOrOptions?: string | ViewOptions,
  options?: ViewOptions,
): S | undefined {
  return useProjection(projection, keyOrOptions, options, openView<S>)
}

/** Like {@link useView}, with the phase: loading, rebuilding, live, or stopped at a faulty event; and how far a rebuild is. */
export function useViewState<S>(
  projection: KeyedProjection<S>,
  key: string,
  options?: ViewOptions,
): ViewState<S> | undefined
export function useViewState<S>(projection: SingleProjection<S>, options?: ViewOptions): ViewState<S> | undefined
export function useViewState<S>(
  projection: KeyedProjection<S> | SingleProjection<S>,
  keyOrOptions?: string | ViewOptions,
  options?: ViewOptions,
): ViewState<S> | undefined {
  return useProjection(projection, keyOrOptions, options, openViewState<S>)
}

type AnyView<S> = KeyedProjection<S> | SingleProjection<S>
type Open<S, V> = (
  larder: Larder,
  projection: AnyView<S>,
  key: string | undefined,
  options: ViewOptions,
) => Observable<V>

function useProjection<S, V>(
  projection: AnyView<S>,
  keyOrOptions: string | ViewOptions | undefined,
  options: ViewOptions | undefined,
  open: Open<S, V>,
): V | undefined {
  const larder = useLarder()
  const key = typeof keyOrOptions === 'string' ? keyOrOptions : undefined
  // Options are compared by what they say, so that a literal in the call does not subscribe anew with every render.
  const layer = (typeof keyOrOptions === 'object' ? keyOrOptions : options)?.layer ?? 'all'
  const store = useMemo(
    () => observableStore(open(larder, projection, key, { layer })),
    [larder, projection, key, layer, open],
  )
  return useObservableStore(store)
}

function openView<S>(larder: Larder, projection: AnyView<S>, key: string | undefined, options: ViewOptions) {
  return projection.kind === 'single'
    ? larder.view(projection, options)
    : larder.view(projection, keyOf(projection, key), options)
}

function openViewState<S>(larder: Larder, projection: AnyView<S>, key: string | undefined, options: ViewOptions) {
  return projection.kind === 'single'
    ? larder.viewState(projection, options)
    : larder.viewState(projection, keyOf(projection, key), options)
}

function keyOf(projection: KeyedProjection<unknown>, key: string | undefined): string {
  if (key === undefined)
    throw argumentError('key', `Projection ${projection.name} has one state per key: say which key`)
  return key
}
