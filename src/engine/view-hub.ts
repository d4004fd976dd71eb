import type { Clock } from '../platform/ports.ts'
import type { Layer, ProjectionStates } from '../projection/projection-states.ts'
import type { Projector, Touched } from '../projection/projector.ts'

/** After the first emission following a pause, at most one per this. A timer, not animation frames: those stop in hidden tabs. */
export const EMIT_EVERY_MS = 16

/** When the log could not be read for a view, it is read again after this. */
const READ_AGAIN_MS = 1000

export type ViewTarget =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'range'; readonly from: string; readonly to: string }

export interface ViewSpec {
  readonly projection: string
  readonly target: ViewTarget
  readonly layer: Layer
}

/** What a view is told: the states that changed since it was told last. */
export interface ViewUpdate {
  /** These are all states that there are. What an earlier worker told is no more. */
  readonly isFirst: boolean
  readonly states: readonly (readonly [key: string, state: unknown])[]
  /** Of a range: the keys that have no state any more, because what touched them was refused. */
  readonly gone: readonly string[]
  readonly fault:
    | { readonly code: 'projection-faulted' | 'storage-failed'; readonly message: string; readonly eventId: string }
    | undefined
}

const UNREADABLE: ViewUpdate['fault'] = {
  code: 'storage-failed',
  message: 'The log could not be read; the view goes on when it can be',
  eventId: '',
}

interface View {
  readonly spec: ViewSpec
  readonly send: (update: ViewUpdate) => void
  readonly last: Map<string, unknown>
  readonly dirty: Set<string>
  all: boolean
  fault: boolean
}

/** Tells each view what changed, and nothing else. */
export class ViewHub {
  readonly #projector: Projector
  readonly #clock: Clock
  readonly #views = new Map<number, View>()
  readonly #unsubscribe: () => void
  /** Projections that are being brought up to the log, or wait to be. */
  readonly #following = new Set<string>()
  readonly #retries = new Map<string, () => void>()
  #emitted = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(projector: Projector, clock: Clock) {
    this.#projector = projector
    this.#clock = clock
    this.#unsubscribe = projector.onTouched((projection, touched) => this.#onTouched(projection, touched))
  }

  /** @throws LarderError `projection-unknown` */
  subscribe(id: number, spec: ViewSpec, send: (update: ViewUpdate) => void): void {
    this.#projector.projection(spec.projection)
    const view: View = { spec, send, last: new Map(), dirty: new Set(), all: true, fault: false }
    this.#views.set(id, view)
    this.#follow(spec.projection)
  }

  unsubscribe(id: number): void {
    this.#views.delete(id)
  }

  close(): void {
    this.#unsubscribe()
    this.#cancel?.()
    for (const cancel of this.#retries.values()) cancel()
    this.#retries.clear()
    this.#views.clear()
  }

  /** Has a projection brought up to the log for the views on it, and tries again for as long as the log cannot be read. */
  #follow(projection: string): void {
    if (this.#following.has(projection)) return
    this.#following.add(projection)
    this.#projector.ready(projection).then(
      () => {
        this.#following.delete(projection)
        for (const view of this.#viewsOf(projection)) this.#send(view)
      },
      () => {
        const views = this.#viewsOf(projection)
        for (const view of views) {
          view.fault = true
          view.send({ isFirst: false, states: [], gone: [], fault: UNREADABLE })
        }
        const again = (): void => {
          this.#retries.delete(projection)
          this.#following.delete(projection)
          if (this.#viewsOf(projection).length > 0) this.#follow(projection)
        }
        if (views.length === 0) this.#following.delete(projection)
        else this.#retries.set(projection, this.#clock.after(READ_AGAIN_MS, again))
      },
    )
  }

  #viewsOf(projection: string): View[] {
    return [...this.#views.values()].filter(({ spec }) => spec.projection === projection)
  }

  #onTouched(projection: string, touched: Touched): void {
    let any = false
    for (const view of this.#views.values()) {
      if (view.spec.projection !== projection) continue
      any = true
      if (touched === 'all') view.all = true
      else for (const key of touched) if (covers(view.spec.target, key)) view.dirty.add(key)
    }
    if (any) this.#schedule()
  }

  #schedule(): void {
    if (this.#cancel !== undefined) return
    const wait = this.#emitted + EMIT_EVERY_MS - this.#clock.monotonic()
    if (wait <= 0) this.#emit()
    else
      this.#cancel = this.#clock.after(wait, () => {
        this.#cancel = undefined
        this.#emit()
      })
  }

  #emit(): void {
    this.#emitted = this.#clock.monotonic()
    for (const view of this.#views.values()) if (view.all || view.dirty.size > 0) this.#send(view)
  }

  #send(view: View): void {
    const states = this.#projector.peek(view.spec.projection)
    if (states === undefined) {
      this.#follow(view.spec.projection)
      return
    }
    const isFirst = view.last.size === 0 && view.all
    const { changed, gone } = takeChanges(view, states)
    const { fault } = states
    if (!isFirst && changed.length + gone.length === 0 && (fault !== undefined) === view.fault) return
    view.fault = fault !== undefined
    view.send({
      isFirst,
      states: changed,
      gone,
      fault: fault && { code: 'projection-faulted', message: fault.message, eventId: fault.eventId },
    })
  }
}

function takeChanges(view: View, states: ProjectionStates): { changed: [string, unknown][]; gone: string[] } {
  const { target, layer } = view.spec
  const keys = view.all ? new Set([...keysOf(target, states, layer), ...view.last.keys()]) : [...view.dirty]
  view.all = false
  view.dirty.clear()
  const changed: [string, unknown][] = []
  const gone: string[] = []
  for (const key of keys) {
    if (target.kind === 'range' && !states.has(key, layer)) {
      if (view.last.delete(key)) gone.push(key)
      continue
    }
    const state = states.state(key, layer)
    if (view.last.has(key) && Object.is(view.last.get(key), state)) continue
    view.last.set(key, state)
    changed.push([key, state])
  }
  return { changed, gone }
}

function covers(target: ViewTarget, key: string): boolean {
  return target.kind === 'key' ? target.key === key : key >= target.from && key <= target.to
}

function keysOf(target: ViewTarget, states: ProjectionStates, layer: Layer): readonly string[] {
  return target.kind === 'key' ? [target.key] : states.keys(layer).filter((key) => covers(target, key))
}
