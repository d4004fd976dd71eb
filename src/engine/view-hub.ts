import type { Clock } from '../platform/ports.ts'
import type { Phase } from '../projection/live.ts'
import type { ShownStates } from '../projection/old-states.ts'
import type { Progress } from '../projection/progress.ts'
import type { Layer } from '../projection/projection-states.ts'
import type { Projector } from '../projection/projector.ts'
import type { Touched } from '../projection/projector-options.ts'
import type { StorageWatch } from '../store/storage-watch.ts'

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
  /**
   * `'live'`: the states are those of the log. Before, there are none, or such as an earlier version of the projection has left: `'rebuilding'` where
   * it was folded before, `'loading'` where it was not.
   */
  readonly phase: Phase
  /** While the projection is folded from the beginning; beside the states that are told where the phase is `'live'`. */
  readonly progress: Progress | undefined
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
  /** Nothing was told yet. */
  isFresh: boolean
  /** What was told last, but for the states. */
  fault: string | undefined
  phase: Phase
  progress: Progress | undefined
}

/** Tells each view what changed, and nothing else. */
export class ViewHub {
  readonly #projector: Projector
  readonly #clock: Clock
  readonly #views = new Map<number, View>()
  readonly #storage: Pick<StorageWatch, 'whenReady'> | undefined
  readonly #closed = new AbortController()
  readonly #unsubscribe: () => void
  /** Projections that are being brought up to the log, or wait to be. */
  readonly #following = new Set<string>()
  readonly #retries = new Map<string, () => void>()
  #emitted = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  /** @param storage default: it can always be tried */
  constructor(projector: Projector, clock: Clock, storage?: Pick<StorageWatch, 'whenReady'>) {
    this.#storage = storage
    this.#projector = projector
    this.#clock = clock
    this.#unsubscribe = projector.onTouched((projection, touched) => this.#onTouched(projection, touched))
  }

  /** @throws LarderError `projection-unknown` */
  subscribe(id: number, spec: ViewSpec, send: (update: ViewUpdate) => void): void {
    this.#projector.projection(spec.projection)
    const view: View = {
      spec,
      send,
      last: new Map(),
      dirty: new Set(),
      all: true,
      isFresh: true,
      fault: undefined,
      phase: 'loading',
      progress: undefined,
    }
    this.#views.set(id, view)
    this.#follow(spec.projection)
  }

  unsubscribe(id: number): void {
    this.#views.delete(id)
  }

  /** Tells the views of a projection now what they would be told within {@link EMIT_EVERY_MS}. */
  flush(projection: string): void {
    for (const view of this.#viewsOf(projection)) if (view.all || view.dirty.size > 0) this.#send(view)
  }

  close(): void {
    this.#unsubscribe()
    this.#closed.abort()
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
          view.fault = UNREADABLE?.code
          view.send({ isFirst: false, states: [], gone: [], fault: UNREADABLE, phase: view.phase, progress: undefined })
        }
        const again = async (): Promise<void> => {
          this.#retries.delete(projection)
          await this.#storage?.whenReady('read', this.#closed.signal)
          this.#following.delete(projection)
          if (this.#viewsOf(projection).length > 0) this.#follow(projection)
        }
        if (views.length === 0) this.#following.delete(projection)
        else
          this.#retries.set(
            projection,
            this.#clock.after(READ_AGAIN_MS, () => void again()),
          )
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
    const { spec } = view
    const { states, current, phase, progress } = this.#projector.shown(spec.projection)
    if (current === undefined) this.#follow(spec.projection)
    // What is not known yet is not told, but that it is being made.
    if (states === undefined && (progress === undefined || phase === 'live')) return
    const isFirst = view.isFresh && states !== undefined
    const { changed, gone } = states === undefined ? NO_CHANGES : takeChanges(view, states, current !== undefined)
    const found =
      spec.target.kind === 'key' ? current?.faultOf(spec.target.key, spec.layer) : current?.stoppedAt(spec.layer)
    const isSame = found?.eventId === view.fault && phase === view.phase && progress === view.progress
    if (!isFirst && changed.length + gone.length === 0 && isSame) return
    if (isFirst) view.isFresh = false
    view.fault = found?.eventId
    view.phase = phase
    view.progress = progress
    const fault = found && { code: 'projection-faulted' as const, message: found.message, eventId: found.eventId }
    view.send({ isFirst, states: changed, gone, fault, phase, progress })
  }
}

const NO_CHANGES = { changed: [], gone: [] }

/** @param isCurrent a key without a state has the initial one */
function takeChanges(
  view: View,
  states: ShownStates,
  isCurrent: boolean,
): { changed: [string, unknown][]; gone: string[] } {
  const { target, layer } = view.spec
  const keys = view.all ? new Set([...keysOf(target, states, layer), ...view.last.keys()]) : [...view.dirty]
  view.all = false
  view.dirty.clear()
  const changed: [string, unknown][] = []
  const gone: string[] = []
  for (const key of keys) {
    if ((target.kind === 'range' || !isCurrent) && !states.has(key, layer)) {
      if (view.last.delete(key) && target.kind === 'range') gone.push(key)
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

function keysOf(target: ViewTarget, states: ShownStates, layer: Layer): readonly string[] {
  return target.kind === 'key' ? [target.key] : states.keys(layer).filter((key) => covers(target, key))
}
