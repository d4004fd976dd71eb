import { LarderError } from '../errors.ts'
import type { EventStore } from '../store/event-store.ts'
import type { LogChange } from '../store/log-cache.ts'
import type { ReadAhead } from '../store/read-ahead.ts'
import type { ConfirmedSegment } from '../store/records.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { Domain } from './define-domain.ts'
import type { AnyProjection } from './define-projection.ts'
import type { Fault } from './fold.ts'
import { type Layer, ProjectionStates } from './projection-states.ts'

/** Which states may have changed; `'all'` after a rebuild. */
export type Touched = ReadonlySet<string> | 'all'
export type TouchedListener = (projection: string, touched: Touched) => void

/** Runs a fold, and counts how long it took. */
export type Measure = <T>(projection: string, fold: () => T) => T

export interface ProjectorOptions {
  /** Without them, every projection is folded from the beginning. */
  readonly checkpoints?: Checkpoints | undefined
  readonly measure?: Measure
}

interface Live {
  states: ProjectionStates
  /** While it is, changes are not folded as they come: catching up reads them from the store. */
  isBehind: boolean
  catchingUp: Promise<void>
}

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
  readonly #unsubscribe: () => void

  constructor(domain: Domain, store: EventStore, { checkpoints, measure }: ProjectorOptions = {}) {
    this.#checkpoints = checkpoints
    this.#measure = measure ?? ((_projection, fold) => fold())
    this.#domain = domain
    this.#store = store
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

  async state(name: string, key: string, layer: Layer): Promise<unknown> {
    const states = await this.ready(name)
    if (states.fault !== undefined) throw faultError(name, states.fault)
    return states.state(key, layer)
  }

  faults(): { projection: string; fault: Fault }[] {
    return [...this.#live].flatMap(([projection, { states }]) =>
      states.fault === undefined ? [] : [{ projection, fault: states.fault }],
    )
  }

  async close(): Promise<void> {
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
    }
    this.#live.set(name, live)
    this.#startCatchingUp(name, live, this.#checkpoints)
    return live
  }

  #onChange(change: LogChange): void {
    for (const [name, live] of this.#live) {
      if (change.repaired === true) this.#restart(name, live)
      if (live.isBehind) continue
      if (change.confirmed === undefined || !isContiguous(live.states.position, change.confirmed))
        this.#startCatchingUp(name, live)
      else {
        const before = live.states.fault?.eventId
        const { confirmed } = change
        const touched = this.#measure(name, () => this.#fold(live.states, change, confirmed))
        this.#note(live.states)
        // Whoever looks is told of a fault, and that it is gone, also where no state changed.
        this.#touch(name, live.states.fault?.eventId === before ? touched : 'all')
      }
    }
  }

  /** What has met a fault or a hole is not kept: with the next open it is met again, or mended. */
  #note(states: ProjectionStates): void {
    if (states.fault === undefined && !states.hasHole) this.#checkpoints?.note(states)
  }

  /** What was folded lacks events that are there now. */
  #restart(name: string, live: Live): void {
    live.states = new ProjectionStates(live.states.projection, this.#domain.catalog)
    // Who is catching up goes on with the new states.
    if (!live.isBehind) this.#startCatchingUp(name, live)
  }

  #fold(states: ProjectionStates, change: LogChange, confirmed: readonly ConfirmedSegment[]): ReadonlySet<string> {
    const outbox = this.#store.known.pending.records
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
    const fresh = live.states
    this.#checkpoints?.begin(fresh)
    const left = await checkpoints?.load(fresh.projection)
    if (left !== undefined && fresh === live.states) fresh.restore(left.position, left.states)
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
      if (usable.length === segments.length && usable.length > 0) continue
      // Another tab is ahead of what this one knows, or has merged segments across that line.
      pages = undefined
      if (usable.length === 0) await this.#store.refresh()
    }
    live.states.rebase(this.#store.known.pending.records)
    live.isBehind = false
  }

  #touch(name: string, touched: Touched): void {
    if (touched !== 'all' && touched.size === 0) return
    for (const listener of this.#listeners) listener(name, touched)
  }
}

export function faultError(projection: string, fault: Fault): LarderError<'projection-faulted'> {
  return new LarderError(
    'projection-faulted',
    `Projection ${projection} stopped at event ${fault.eventId} (${fault.message}): mend its evolve function and raise its version`,
    { details: { projection, eventId: fault.eventId } },
  )
}

function isContiguous(position: number, segments: readonly ConfirmedSegment[]): boolean {
  const next = segments.find(({ last }) => last > position)
  return next === undefined || next.first <= position + 1
}
