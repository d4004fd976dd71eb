import { closedError, LarderError, nameOfError } from '../errors.ts'
import type { EventCatalog } from '../event/catalog.ts'
import type { Clock, Locks, Logger } from '../platform/ports.ts'
import { alone } from '../store/alone.ts'
import type { EventStore } from '../store/event-store.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { AnyProjection } from './define-projection.ts'
import { faultError } from './fault-error.ts'
import type { Left } from './left.ts'
import type { Measure } from './live.ts'
import { type Progress, ProgressSteps } from './progress.ts'
import { ProjectionStates } from './projection-states.ts'

/** Segments read at a time: between two reads the worker serves other calls, and folds what is new for the states that are shown. */
const PAGE = 4

export interface RebuilderOptions {
  readonly store: EventStore
  readonly catalog: EventCatalog
  readonly checkpoints: Checkpoints | undefined
  readonly measure: Measure
  readonly clock: Clock
  readonly logger: Logger
  readonly locks: Locks
  /** Of all tabs of this store; one of them rebuilds a projection at a time. */
  readonly lockName: string
  /** The states that somebody looks at. */
  readonly shown: (projection: string) => ProjectionStates | undefined
  /** Puts states that are folded up to the head in the place of those that are shown, in the turn in which it is called. */
  readonly swap: (states: ProjectionStates) => void
  readonly onProgress: (projection: string, progress: Progress | undefined) => void
  /** It is stored: the other tabs can take it over. */
  readonly onStored: (projection: string) => void
}

/** Folds projections anew, beside the states that are shown meanwhile. */
export class Rebuilder {
  readonly #options: RebuilderOptions
  readonly #running = new Map<string, Promise<void>>()
  readonly #closed = new AbortController()

  constructor(options: RebuilderOptions) {
    this.#options = options
  }

  close(): void {
    this.#closed.abort(closedError())
  }

  /**
   * Builds a projection anew. Should this tab end before it is done, the next one that looks at the projection goes on with it. Where another tab is at it
   * already, its build is taken over.
   *
   * @param goesOn from where the tab that was asked for it has come. Else it begins at the first event: whoever asks may have mended its functions
   * @throws LarderError what reading the log throws; `projection-faulted` when it stops at an event this time too, and `storage-damaged` when a part of
   * the log cannot be read. What is shown then stays, where it is better.
   */
  rebuild(projection: AnyProjection, goesOn = false): Promise<void> {
    const running = this.#running.get(projection.name)
    if (running !== undefined) return running
    const run = this.#rebuild(projection, goesOn).finally(() => {
      this.#running.delete(projection.name)
      this.#options.onProgress(projection.name, undefined)
    })
    this.#running.set(projection.name, run)
    return run
  }

  /** Takes over what another tab has built, where somebody looks at an earlier build. */
  async adopt(projection: AnyProjection): Promise<void> {
    const { checkpoints, logger, shown } = this.#options
    try {
      await this.#options.store.refresh()
      const left = await checkpoints?.load(projection)
      const states = shown(projection.name)
      if (left?.from === undefined || states === undefined || left.build <= (checkpoints?.buildOf(states) ?? 0)) return
      await this.#build(projection, left, { build: left.build, isBeside: false })
    } catch (error) {
      // What is shown is right all the same, and what is stored is taken over at the next open.
      logger.info('engine: a projection that another tab has built could not be taken over', {
        error: nameOfError(error),
      })
    }
  }

  async #rebuild(projection: AnyProjection, goesOn: boolean): Promise<void> {
    const { checkpoints } = this.#options
    const build = (await checkpoints?.want(projection)) ?? 0
    const { locks, clock, lockName } = this.#options
    const lock = { locks, clock, lockName: `${lockName}:${projection.name}`, closed: this.#closed.signal }
    await alone(lock, async () => {
      const left = await checkpoints?.load(projection)
      const isThere = left?.from !== undefined && left.build >= build
      if (isThere) {
        await this.#build(projection, left, { build, isBeside: false })
        return
      }
      if (!goesOn) await checkpoints?.forgetBeside(projection)
      const begun = goesOn ? await checkpoints?.loadBeside(projection, build) : undefined
      const states = await this.#build(projection, begun, { build, isBeside: true })
      if ((await checkpoints?.replace(states)) !== true) return
      await checkpoints?.forgetBeside(projection)
      this.#options.onStored(projection.name)
    })
  }

  /** Folds from the beginning, or from what is left, up to the head, and swaps. */
  async #build(
    projection: AnyProjection,
    left: Left | undefined,
    { build, isBeside }: { readonly build: number; readonly isBeside: boolean },
  ): Promise<ProjectionStates> {
    const { store, catalog, checkpoints, measure, onProgress } = this.#options
    const begin = (): ProjectionStates => {
      const begun = new ProjectionStates(projection, catalog)
      checkpoints?.begin(begun, build, isBeside)
      return begun
    }
    let states = begin()
    if (left !== undefined) checkpoints?.restore(states, left, isBeside)
    const steps = new ProgressSteps((progress) => onProgress(projection.name, progress))
    let { repairs, authority } = store.known.meta
    while (states.position < store.known.head) {
      this.#closed.signal.throwIfAborted()
      const segments = await store.readConfirmed(states.position, PAGE)
      const { meta, head } = store.known
      if (meta.repairs !== repairs || meta.authority !== authority) {
        // What was folded lacks events that are there now.
        states = begin()
        repairs = meta.repairs
        authority = meta.authority
        continue
      }
      const usable = segments.filter(({ last }) => last <= head)
      measure(projection.name, () => {
        for (const segment of usable) states.advanceBase(segment)
      })
      if (isBeside) checkpoints?.note(states)
      steps.note(states.position, store.known.head)
      if (usable.length === 0) await store.refresh()
    }
    // In the turn in which it was seen to be up to the head.
    this.#swap(states)
    checkpoints?.finish(states)
    return states
  }

  /** What is shown never goes back: not to less than what was folded when all could be read, nor to before an event that it got past. */
  #swap(states: ProjectionStates): void {
    const { name } = states.projection
    const shown = this.#options.shown(name)
    const fault = states.stoppedAt('confirmed')
    if (states.hasHole && shown?.hasHole !== true)
      throw new LarderError('storage-damaged', 'A part of the log cannot be read: see larder.verify()', {
        details: { record: 'confirmed' },
      })
    if (fault === undefined || shown?.stoppedAt('confirmed') !== undefined) this.#options.swap(states)
    if (fault !== undefined) throw faultError(name, fault)
  }
}
