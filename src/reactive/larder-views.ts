import type { Observable } from 'rxjs'
import type { KeyedProjection, SingleProjection } from '../projection/define-projection.ts'

export interface ViewState<S> {
  readonly state: S
  readonly phase: 'loading' | 'live' | 'faulted'
  readonly error: { readonly code: string; readonly message: string } | undefined
}

/** `layer: 'confirmed'` leaves out what is pending. Default `'all'`. */
export interface ViewOptions {
  layer?: 'all' | 'confirmed'
}

/** What projections show. */
export interface LarderViews {
  /** The latest state at once, then every change; never errors. Nothing is computed for a view that nobody subscribes to. */
  view<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Observable<S>
  view<S>(projection: SingleProjection<S>, options?: ViewOptions): Observable<S>
  /** Like `view`, with the phase: whether it is still loading, live, or stopped at a faulty event. */
  viewState<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Observable<ViewState<S>>
  viewState<S>(projection: SingleProjection<S>, options?: ViewOptions): Observable<ViewState<S>>
  /** All states whose key lies in `from`–`to` (both included, compared as text). */
  viewRange<S>(projection: KeyedProjection<S>, range: { from: string; to: string }): Observable<ReadonlyMap<string, S>>
  /** The state now; sees every append that was acknowledged before the call, in any tab. */
  get<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Promise<S>
  get<S>(projection: SingleProjection<S>, options?: ViewOptions): Promise<S>
}
