import type { EventCatalog } from '../event/catalog.ts'
import { countOf, type PackedEvents } from '../event/packed-events.ts'
import { type LogMark, markBehind } from '../store/log-mark.ts'
import { BaseStates } from './base-states.ts'
import type { AnyProjection } from './define-projection.ts'
import { type Fault, FoldFault, foldEvent, keysOrNone, type Selection, type StateLayer, visitEvents } from './fold.ts'
import type { ConfirmedRun, Kept, PendingCommit } from './fold-input.ts'
import { type KeptFaults, LayerFaults } from './layer-faults.ts'
import { type OnUnreadable, UnreadableCounts } from './unreadable-events.ts'

export type Layer = 'all' | 'confirmed'

/**
 * The states of one projection: a base, folded up to a position of the confirmed order, and an overlay for the keys that pending events
 * touch, folded on top of it. Every method answers the keys whose state may have changed.
 */
export class ProjectionStates {
  readonly projection: AnyProjection
  readonly #catalog: EventCatalog
  readonly #base = new BaseStates()
  readonly #overlay = new Map<string, unknown>()
  /** Keys of the base whose state is not in the checkpoint. */
  readonly #changed = new Set<string>()
  #foldedPending: string[] = []
  readonly #foldedIds = new Set<string>()
  #position = 0
  #mark: LogMark | undefined
  #hasHole = false
  #unreadable = new UnreadableCounts()
  #isPendingUnreadable = false
  readonly #baseFaults = new LayerFaults()
  readonly #overlayFaults = new LayerFaults()

  constructor(projection: AnyProjection, catalog: EventCatalog) {
    this.projection = projection
    this.#catalog = catalog
  }

  /** The base holds every confirmed event up to this one. */
  get position(): number {
    return this.#position
  }

  /** Of the log that is folded, at {@link position}. Undefined at its beginning. */
  get mark(): LogMark | undefined {
    return this.#mark
  }

  /** Confirmed events that could not be read. */
  get unreadable(): UnreadableCounts {
    return this.#unreadable
  }

  /** Begins where a checkpoint ended. */
  restore({ position, mark, states, faults, unreadable }: Kept): void {
    this.#unreadable = new UnreadableCounts(unreadable)
    this.#base.restore(states)
    if (faults !== undefined) this.#baseFaults.add(faults)
    this.#position = position
    this.#mark = mark
  }

  /** The states of the base that have changed since they were taken last, for a checkpoint at {@link position}. */
  takeChanged(): (readonly [key: string, state: unknown])[] {
    const taken = Array.from(this.#changed, (key) => [key, this.#base.get(key)] as const)
    this.#changed.clear()
    return taken
  }

  /** All states of the base. */
  takeAll(): (readonly [key: string, state: unknown])[] {
    this.#changed.clear()
    return this.#base.all()
  }

  /** They were taken, and could not be saved. */
  putBack(keys: Iterable<string>): void {
    for (const key of keys) this.#changed.add(key)
  }

  /** A part of the log was passed over, because it is damaged or missing. */
  get hasHole(): boolean {
    return this.#hasHole
  }

  /** The event at which all keys stopped. */
  get fault(): Fault | undefined {
    return this.stoppedAt('all')
  }

  stoppedAt(layer: Layer): Fault | undefined {
    return this.#baseFaults.stopped ?? (layer === 'all' ? this.#overlayFaults.stopped : undefined)
  }

  /** The event at which a key stopped, alone or with all. */
  faultOf(key: string, layer: Layer): Fault | undefined {
    return (
      this.stoppedAt(layer) ??
      this.#baseFaults.parked.get(key) ??
      (layer === 'all' ? this.#overlayFaults.parked.get(key) : undefined)
    )
  }

  /** By layer, the confirmed one first. */
  get faults(): readonly LayerFaults[] {
    return [this.#baseFaults, this.#overlayFaults]
  }

  /** Grows with every change of them. */
  get faultRevision(): number {
    return this.#baseFaults.revision + this.#overlayFaults.revision
  }

  /** Of the base, for a checkpoint. */
  get keptFaults(): KeptFaults | undefined {
    return this.#baseFaults.toKept()
  }

  /** Whether commits of these ids are folded into the overlay. */
  holdsPending(id: string): boolean {
    return this.#foldedIds.has(id)
  }

  state(key: string, layer: Layer): unknown {
    if (layer === 'all' && this.#overlay.has(key)) return this.#overlay.get(key)
    const state = this.#base.get(key)
    return state === undefined && !this.#base.has(key) ? this.projection.initialState() : state
  }

  /** Whether an event has touched the key. */
  has(key: string, layer: Layer): boolean {
    return this.#base.has(key) || (layer === 'all' && this.#overlay.has(key))
  }

  /** Keys with a state, sorted. */
  keys(layer: Layer): string[] {
    const keys = new Set(this.#base.keys())
    if (layer === 'all') for (const key of this.#overlay.keys()) keys.add(key)
    return [...keys].sort()
  }

  /** Whether runs have what comes next, without a gap. */
  isContinuedBy(runs: readonly ConfirmedRun[]): boolean {
    const next = runs.find(({ last }) => last > this.#position)
    return next === undefined || next.first <= this.#position + 1
  }

  /**
   * Folds what a confirmed run adds to the base; it must not leave a gap. The overlay is then void until {@link rebase}. Without `touched` nobody
   * asks which states changed, and the run is not read by other projections.
   */
  advanceBase(run: ConfirmedRun, touched?: Set<string>): void {
    if (run.last <= this.#position) return
    const skip = Math.max(0, this.#position + 1 - run.first)
    if (countOf(run.events) === 0 || run.first > this.#position + 1) this.#hasHole = true
    this.#moveTo(run)
    const isShared = touched !== undefined
    const onUnreadable: OnUnreadable = (...counted) => this.#unreadable.add(...counted)
    if (this.stoppedAt('confirmed') === undefined)
      this.#fold(run.events, this.#baseLayer, this.#baseFaults, touched, { skip, isShared, onUnreadable })
  }

  /** Folds commits that came behind those that the overlay holds; what it holds already is passed over. */
  extendOverlay(commits: readonly PendingCommit[]): Set<string> {
    const touched = new Set<string>()
    const onUnreadable = (): void => {
      this.#isPendingUnreadable = true
    }
    for (const commit of commits) {
      if (this.#foldedIds.has(commit.id)) continue
      this.#foldedPending.push(commit.id)
      this.#foldedIds.add(commit.id)
      if (this.fault === undefined)
        this.#fold(commit.events, this.#overlayLayer, this.#overlayFaults, touched, { isShared: true, onUnreadable })
    }
    return touched
  }

  /** Throws the overlay away and folds the outbox on the base as it is now. */
  rebase(commits: readonly PendingCommit[]): Set<string> {
    const touched = new Set([...this.#overlay.keys(), ...this.#overlayFaults.parked.keys()])
    this.#overlay.clear()
    this.#overlayFaults.clear()
    this.#isPendingUnreadable = false
    this.#foldedPending = []
    this.#foldedIds.clear()
    for (const key of this.extendOverlay(commits)) touched.add(key)
    return touched
  }

  /**
   * The common case of a rebase: what was confirmed is exactly the front of the outbox, and the rest of it is as it was. Then the states
   * are what they were, only the base moves on, and nothing is folded twice. Answers undefined, with nothing done, when that is not so.
   */
  confirmFront(
    ids: readonly string[],
    runs: readonly ConfirmedRun[],
    rest: readonly PendingCommit[],
  ): Set<string> | undefined {
    const last = runs.at(-1)
    // What was passed over is counted where it is folded as confirmed.
    if (this.#isPendingUnreadable) return undefined
    if (this.fault !== undefined || last === undefined || this.#foldedPending.length !== ids.length + rest.length)
      return undefined
    if (!ids.every((id, index) => id === this.#foldedPending[index])) return undefined
    if (!rest.every(({ id }, index) => id === this.#foldedPending[ids.length + index])) return undefined
    // Nobody knows any more which of the faults belong to what was confirmed.
    if (rest.length > 0 && !this.#overlayFaults.isEmpty) return undefined
    const touched = new Set<string>()
    if (rest.length === 0) {
      for (const [key, state] of this.#overlay) {
        this.#setBase(key, state)
        touched.add(key)
      }
      this.#overlay.clear()
      const faults = this.#overlayFaults.toKept()
      if (faults !== undefined) this.#baseFaults.add(faults)
      for (const key of this.#overlayFaults.parked.keys()) touched.add(key)
      this.#overlayFaults.clear()
      for (const run of runs) this.#moveTo(run)
    } else {
      for (const run of runs) this.advanceBase(run, touched)
    }
    for (const id of this.#foldedPending.splice(0, ids.length)) this.#foldedIds.delete(id)
    return touched
  }

  /** Reads through both layers, writes to the overlay. */
  get #overlayLayer(): StateLayer {
    return {
      get: (key) => this.state(key, 'all'),
      set: (key, state) => this.#overlay.set(key, state),
    }
  }

  get #baseLayer(): StateLayer {
    return {
      get: (key) => this.state(key, 'confirmed'),
      set: (key, state) => this.#setBase(key, state),
    }
  }

  #moveTo(run: ConfirmedRun): void {
    this.#position = run.last
    this.#mark = run.commits && markBehind(run.commits, run.marks, this.#mark)
  }

  #setBase(key: string, state: unknown): void {
    this.#base.set(key, state)
    this.#changed.add(key)
  }

  #fold(
    events: PackedEvents,
    layer: StateLayer,
    faults: LayerFaults,
    touched: Set<string> | undefined,
    selection: Omit<Selection, 'types'>,
  ): void {
    let projection = this.#runnable(faults)
    visitEvents(this.#catalog, events, { ...selection, types: projection.types }, (event) => {
      try {
        foldEvent(projection, event, layer, touched)
        return true
      } catch (error) {
        if (!(error instanceof FoldFault)) throw error
        const goesOn = this.#goesOn(error, faults, touched)
        projection = this.#runnable(faults)
        return goesOn
      }
    })
  }

  /** The projection as it is, but that nothing more is folded for the keys that are parked. */
  #runnable(faults: LayerFaults): AnyProjection {
    const { projection } = this
    const parked = [...new Set([this.#baseFaults, faults])].map(({ parked }) => parked).filter(({ size }) => size > 0)
    if (parked.length === 0) return projection
    const isParked = (key: string) => parked.some((keys) => keys.has(key))
    return { ...projection, keysOf: (event) => projection.keysOf(event).filter((key) => !isParked(key)) }
  }

  /** Does what the projection's policy says; answers whether events behind the one at fault are folded. */
  #goesOn({ event, fault }: FoldFault, faults: LayerFaults, touched: Set<string> | undefined): boolean {
    const { onFault } = this.projection
    if (onFault === 'skip') faults.skip(fault)
    const keys = onFault === 'park' ? keysOrNone(this.#runnable(faults), event) : undefined
    for (const key of keys ?? []) {
      faults.park(key, fault)
      touched?.add(key)
    }
    if (onFault === 'skip' || keys !== undefined) return true
    faults.stop(fault)
    return false
  }
}
