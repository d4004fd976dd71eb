import { LarderError } from '../errors.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogChange } from '../store/log-cache.ts'
import type { ReadAhead } from '../store/read-ahead.ts'
import type { ConfirmedSegment } from '../store/records.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { Domain } from './define-domain.ts'
import type { AnyProjection } from './define-projection.ts'
import { faultError } from './fault-error.ts'
import type { Fault } from './fold.ts'
import { type Live, type Measure, type Shown, showNothing } from './live.ts'
import { type Progress, ProgressSteps } from './progress.ts'
import { type Layer, ProjectionStates } from './projection-states.ts'
import type { ProjectorOptions, Touched, TouchedListener } from './projector-options.ts'
import { Rebuilder } from './rebuilder.ts'
import { mostUnreadable, type UnreadableEvents } from './unreadable-events.ts'

/**
 * Keeps the projections that somebody looks at folded up to the log as this tab knows it. A projection that nobody asked for costs nothing.
 */
export class Projector {
  readonly #domain: Domain
  readonly #store: EventStore
  readonly #live = new Map<string, Live>()
  readonly #listeners = new Set<TouchedListener>()
  readonly #checkpoints: Checkpoints | undefined
  readonly #measure: Measure
  readonly #onUnreadable: ProjectorOptions['onUnreadable']
  readonly #rebuilder: Rebuilder | undefined
  /** How far those are that are folded from the beginning, whether somebody looks at them or not. */
  readonly #progress = new Map<string, Progress>()
  readonly #unsubscribe: () => void

  constructor(domain: Domain, store: EventStore, options: ProjectorOptions = {}) {
    const { checkpoints, rebuilds } = options
    this.#checkpoints = checkpoints
    this.#measure = options.measure ?? ((_projection, fold) => fold())
    this.#onUnreadable = options.onUnreadable
    this.#domain = domain
    this.#store = store
    this.#rebuilder =
      rebuilds &&
      new Rebuilder({
        ...rebuilds,
        store,
        catalog: domain.catalog,
        checkpoints,
        measure: this.#measure,
        shown: (name) => this.#live.get(name)?.states,
        swap: (states) => this.#swap(states),
        onProgress: (name, progress) => this.#onProgress(name, progress),
      })
    checkpoints?.onNewer((name) => void this.adopt(name))
    this.#unsubscribe = store.subscribe(({ change }) => this.#onChange(change))
  }

  /** @throws LarderError `projection-unknown` */
  projection(name: string): AnyProjection {
    const projection = this.#domain.projections.get(name)
    if (projection !== undefined) return projection
    throw new LarderError(
      'projection-unknown',
      `No projection '${name}' in this domain: list it in defineDomain({ projections })`,
      {
        details: { projection: name },
      },
    )
  }

  onTouched(listener: TouchedListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The states of a projection, folded up to what this tab knows of the log when it resolves. */
  async ready(name: string): Promise<ProjectionStates> {
    const live = this.#activate(name)
    while (live.isBehind) await live.catchingUp
    return live.states
  }

  /** The states if they are up to date now. */
  peek(name: string): ProjectionStates | undefined {
    const live = this.#live.get(name)
    return live === undefined || live.isBehind ? undefined : live.states
  }

  /** What can be shown of a projection now, and how it stands. */
  shown(name: string): Shown {
    const live = this.#live.get(name)
    if (live === undefined) return showNothing
    const { phase, old } = live
    const current = live.isBehind ? undefined : live.states
    return { states: current ?? old, current, phase, progress: this.#progress.get(name) }
  }

  /** How far a projection is folded from the beginning, where it is. */
  progress(name: string): Progress | undefined {
    this.projection(name)
    return this.#progress.get(name)
  }

  async state(name: string, key: string, layer: Layer): Promise<unknown> {
    const states = await this.ready(name)
    const fault = states.faultOf(key, layer)
    if (fault !== undefined) throw faultError(name, fault)
    return states.state(key, layer)
  }

  /**
   * Folds a projection anew beside the states that are shown, and swaps when it is up to the log: see {@link Rebuilder}.
   *
   * @throws LarderError `projection-unknown`, what reading the log throws
   */
  async rebuild(name: string): Promise<void> {
    await this.#rebuilder?.rebuild(this.projection(name))
  }

  /** Takes over what another tab has built, where somebody looks at it. */
  async adopt(name: string): Promise<void> {
    this.#checkpoints?.checkAhead()
    const projection = this.#domain.projections.get(name)
    if (projection !== undefined && this.#live.has(name)) await this.#rebuilder?.adopt(projection)
  }

  /** The live projections, by name. */
  get live(): ReadonlyMap<string, { readonly states: ProjectionStates }> {
    return this.#live
  }

  /** The projections that stopped. */
  faults(): { projection: string; fault: Fault }[] {
    return [...this.#live].flatMap(([projection, { states }]) =>
      states.fault === undefined ? [] : [{ projection, fault: states.fault }],
    )
  }

  /** Of what projections met, by type and reason. */
  unreadable(): UnreadableEvents[] {
    return mostUnreadable(Array.from(this.#live.values(), ({ states }) => states.unreadable.all))
  }

  async close(): Promise<void> {
    this.#rebuilder?.close()
    await this.#checkpoints?.close()
    this.#unsubscribe()
    this.#listeners.clear()
    this.#live.clear()
  }

  #activate(name: string): Live {
    const known = this.#live.get(name)
    if (known !== undefined) return known
    const live: Live = {
      states: new ProjectionStates(this.projection(name), this.#domain.catalog),
      isBehind: true,
      catchingUp: Promise.resolve(),
      phase: 'loading',
      old: undefined,
    }
    this.#live.set(name, live)
    this.#startCatchingUp(name, live, this.#checkpoints)
    return live
  }

  #onChange(change: LogChange): void {
    for (const [name, live] of this.#live) {
      if (change.repaired === true) this.#restart(name, live)
      if (live.isBehind) continue
      if (change.confirmed === undefined || !live.states.isContinuedBy(change.confirmed))
        this.#startCatchingUp(name, live)
      else {
        const before = live.states.faultRevision
        const { confirmed } = change
        const touched = this.#measure(name, () => this.#fold(live.states, change, confirmed))
        this.#note(live.states)
        // Whoever looks is told of a fault, and that it is gone, also where no state changed.
        this.#touch(name, live.states.faultRevision === before ? touched : 'all')
      }
    }
  }

  /** What has met a fault or a hole is not kept: with the next open it is met again, or mended. */
  #note(states: ProjectionStates): void {
    const unreadable = states.unreadable.takeFresh()
    if (unreadable.size > 0) this.#onUnreadable?.(states.projection.name, unreadable)
    if (states.stoppedAt('confirmed') === undefined && !states.hasHole) this.#checkpoints?.note(states)
  }

  /** What was folded lacks events that are there now. */
  #restart(name: string, live: Live): void {
    const build = this.#checkpoints?.buildOf(live.states)
    live.states = new ProjectionStates(live.states.projection, this.#domain.catalog)
    this.#checkpoints?.begin(live.states, build)
    live.phase = 'rebuilding'
    // Who is catching up goes on with the new states.
    if (!live.isBehind) this.#startCatchingUp(name, live)
  }

  #fold(states: ProjectionStates, change: LogChange, confirmed: readonly ConfirmedSegment[]): ReadonlySet<string> {
    const outbox = this.#store.known.pending.counted
    const fresh = confirmed.filter(({ last }) => last > states.position)
    const ids = change.reset ? fresh.flatMap(({ commits }) => commits.ids) : []
    const moved = change.reset ? states.confirmFront(ids, fresh, outbox) : undefined
    if (moved !== undefined) return moved
    const touched = new Set<string>()
    for (const segment of fresh) states.advanceBase(segment, touched)
    const overlay = change.reset || fresh.length > 0 ? states.rebase(outbox) : states.extendOverlay(change.pending)
    for (const key of overlay) touched.add(key)
    return touched
  }

  #startCatchingUp(name: string, live: Live, checkpoints?: Checkpoints): void {
    live.isBehind = true
    live.catchingUp = this.#catchUp(live, checkpoints).then(
      () => this.#touch(name, 'all'),
      (error: unknown) => {
        // The next call for this projection starts anew; whoever waits now is told, and whoever looks has to ask again.
        this.#live.delete(name)
        this.#touch(name, 'all')
        throw error
      },
    )
    live.catchingUp.catch(() => undefined)
  }

  /** Ends in the same turn in which base and outbox were seen to belong together. */
  async #catchUp(live: Live, checkpoints: Checkpoints | undefined): Promise<void> {
    const { name } = live.states.projection
    const isWanted = checkpoints !== undefined && (await this.#takeUp(live, checkpoints))
    const steps = new ProgressSteps((progress) => this.#onProgress(name, progress))
    let pages: { readonly of: ProjectionStates; readonly ahead: ReadAhead } | undefined
    while (live.states.position < this.#store.known.head) {
      const { states } = live
      if (pages?.of !== states) pages = { of: states, ahead: this.#store.readAhead(states.position) }
      const segments = await pages.ahead.next()
      if (states !== live.states) continue
      const head = this.#store.known.head
      const usable = segments.filter(({ last }) => last <= head)
      this.#measure(states.projection.name, () => {
        for (const segment of usable) states.advanceBase(segment)
      })
      this.#note(states)
      if (live.phase !== 'live') steps.note(states.position, this.#store.known.head)
      if (usable.length === segments.length && usable.length > 0) continue
      // Another tab is ahead of what this one knows, or has merged segments across that line.
      pages = undefined
      if (usable.length === 0) await this.#store.refresh()
    }
    this.#show(live, live.states)
    // Begun in a tab that is no more.
    if (isWanted) this.#rebuilder?.rebuild(live.states.projection, true).catch(() => undefined)
  }

  /** Begins where a checkpoint ended; answers whether all is to be folded anew all the same, beside it. */
  async #takeUp(live: Live, checkpoints: Checkpoints): Promise<boolean> {
    const fresh = live.states
    checkpoints.begin(fresh)
    const left = await checkpoints.load(fresh.projection)
    if (fresh !== live.states) return left.isRebuildWanted
    checkpoints.restore(fresh, left)
    live.old = left.old
    if (left.isRebuild) live.phase = 'rebuilding'
    return left.isRebuildWanted
  }

  /** Folded up to the head, they belong together with the outbox as it is now. */
  #show(live: Live, states: ProjectionStates): void {
    live.states = states
    this.#checkpoints?.finish(states)
    states.rebase(this.#store.known.pending.counted)
    live.isBehind = false
    live.phase = 'live'
    live.old = undefined
    this.#progress.delete(states.projection.name)
  }

  #swap(states: ProjectionStates): void {
    const { name } = states.projection
    const live = this.#live.get(name)
    if (live === undefined) return
    this.#show(live, states)
    this.#note(states)
    this.#touch(name, 'all')
  }

  #onProgress(name: string, progress: Progress | undefined): void {
    if (this.#progress.get(name) === progress) return
    if (progress === undefined) this.#progress.delete(name)
    else this.#progress.set(name, progress)
    this.#touch(name, 'all')
  }

  #touch(name: string, touched: Touched): void {
    if (touched !== 'all' && touched.size === 0) return
    for (const listener of this.#listeners) listener(name, touched)
  }
}
