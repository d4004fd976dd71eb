import type { Observable } from 'rxjs'
import type { AnyProjection, KeyedProjection, SingleProjection } from '../projection/define-projection.ts'
import type { Progress } from '../projection/progress.ts'
import type { Receipt } from './receipt.ts'

export interface ViewState<S> {
  readonly state: S
  /**
   * - `'loading'`: nothing is known yet; `state` is the initial one.
   * - `'rebuilding'`: the projection was folded before, and is folded anew: its version was raised, or a damaged part of the log was replaced. `state`
   *   is the last that was shown, or what `showOld` makes of the earlier version's, or the initial one.
   * - `'live'`: `state` is that of the log.
   * - `'faulted'`: this state stands still, because a function of the projection threw, or the log cannot be read; `error` says which. It goes on by
   *   itself when the event at fault is refused, or the log can be read again.
   */
  readonly phase: 'loading' | 'rebuilding' | 'live' | 'faulted'
  /** How far the projection is folded, in events, while it is folded from the beginning: also beside a live state, by `larder.rebuild()`. */
  readonly progress: Progress | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
}

/** `layer: 'confirmed'` leaves out what is pending. Default `'all'`. */
export interface ViewOptions {
  layer?: 'all' | 'confirmed'
}

/** What projections show. */
export interface LarderViews {
  /**
   * The latest state as soon as it is known, then every change; never errors. What is not known is not emitted: while a projection is folded for the
   * first time, or anew after its version was raised, there is nothing, or what `showOld` makes of the earlier version's states. Where a function of the
   * projection threw, the last state stays. Nothing is computed for a view that nobody subscribes to.
   */
  view<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Observable<S>
  view<S>(projection: SingleProjection<S>, options?: ViewOptions): Observable<S>
  /** Like `view`, from the first moment on, with the phase: loading, rebuilding, live, or stopped at a faulty event. */
  viewState<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Observable<ViewState<S>>
  viewState<S>(projection: SingleProjection<S>, options?: ViewOptions): Observable<ViewState<S>>
  /**
   * All states whose key lies in `from`–`to`, both included, compared by UTF-16 units as `<` does, sorted by key; a new map with every change, and none
   * for what changes outside. A key that no event has touched is not in it. Empty where `to` is less than `from`.
   *
   * @throws LarderError `argument`, at once, where `from` or `to` is no text
   */
  viewRange<S>(projection: KeyedProjection<S>, range: { from: string; to: string }): Observable<ReadonlyMap<string, S>>
  /** The state now; sees every append that was acknowledged before the call, in any tab. */
  get<S>(projection: KeyedProjection<S>, key: string, options?: ViewOptions): Promise<S>
  get<S>(projection: SingleProjection<S>, options?: ViewOptions): Promise<S>
  /**
   * The state as it was: folds, in log order, the confirmed events up to a position, or all events, pending ones too, whose `time` is not later.
   * Reads the log from its beginning, so it takes as long as a rebuild up to there; live states are not touched.
   *
   * @throws LarderError `argument` (also for a position that the log has not reached), `projection-unknown`, `projection-faulted`, `closed`
   */
  stateAt<S>(projection: KeyedProjection<S>, key: string, at: Moment): Promise<S>
  stateAt<S>(projection: SingleProjection<S>, at: Moment): Promise<S>
  /**
   * Resolves when the projection holds a commit, and its views on this page have shown it. With `onFault: 'skip'` or `'park'`, when it has got past
   * it.
   *
   * @throws LarderError `commit-rejected` when the commit was refused, discarded or replaced, `commit-unknown`, `projection-faulted` when the
   * projection has stopped, `projection-unknown`, `timeout` after `timeoutMs` (default 30,000), `argument`, `closed`
   */
  whenProcessed(
    projection: AnyProjection,
    receipt: Pick<Receipt, 'commitId'>,
    options?: { timeoutMs?: number },
  ): Promise<void>
  /**
   * Folds a projection anew, from the first event, beside the states that are shown: they go on, and never go back. When it is up to the log they are
   * swapped in one turn, and the other tabs take over what was built. Raising `version` does it by itself; this is for states that are
   * not to be trusted, and for `onFault: 'skip'` and `'park'` after `evolve` was mended.
   *
   * One tab at a time does it. When this tab ends before it is done, the next that looks at the projection goes on from where it was; another version of
   * the app begins again, as another call does.
   *
   * @throws LarderError `projection-faulted` when it stops at an event this time too, `storage-damaged` when a part of the log cannot be read (what is
   * shown stays), `projection-unknown`, `argument`, `closed`; what `onProgress` throws is not caught
   */
  rebuild(projection: AnyProjection, options?: { onProgress?: (progress: Progress) => void }): Promise<void>
}

/** `position` counts from 1, 0 is the empty log; `time` is ISO 8601. */
export type Moment = { position: number; time?: undefined } | { time: string; position?: undefined }
