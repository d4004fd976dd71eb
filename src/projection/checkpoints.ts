import type { Clock, Logger } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { hasMark, type LogMark } from '../store/log-mark.ts'
import { within } from '../store/within.ts'
import {
  type CheckpointHead,
  type CheckpointStorage,
  isSameHead,
  isSameLog,
  type LoadedCheckpoint,
} from './checkpoint-storage.ts'
import type { Domain } from './define-domain.ts'
import type { AnyProjection } from './define-projection.ts'
import { type Left, type Log, NOTHING_LEFT } from './left.ts'
import { OldStates } from './old-states.ts'
import type { ProjectionStates } from './projection-states.ts'
import type { UnreadableEvents } from './unreadable-events.ts'

export interface CheckpointsOptions {
  readonly storage: CheckpointStorage
  readonly clock: Clock
  readonly logger: Logger
  readonly domain: Pick<Domain, 'catalog' | 'version'>
  /** The log as this tab knows it now. */
  readonly log: () => Log & { readonly head: number }
  /** Whether this log has the mark of a checkpoint where that ends. */
  readonly hasMark: (position: number, mark: LogMark) => Promise<boolean>
}

/** A change is saved after this, with all that followed it: at most so much is folded again when the tab is killed. */
const SAVE_EVERY_MS = 1000
/** A database that does not answer must not keep a view waiting: the log is there to be folded. */
const LOAD_MS = 3000
/** Closing waits no longer for what can be had again. */
const CLOSE_MS = 1000
/** A build is saved over what other tabs save meanwhile; each time is one of theirs. */
const SAVE_TRIES = 5

/** Loads the states of projections from where they were left, and saves them while they move on. */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  /** What is stored of the versions of this domain, as far as this tab knows. */
  readonly #stored = new Map<string, CheckpointHead>()
  /** Those heads that were found to be of this log. */
  readonly #proved = new WeakSet<CheckpointHead>()
  /** The log that states were folded from, and the build that they are of. */
  readonly #folded = new WeakMap<ProjectionStates, { readonly log: Log; readonly build: number }>()
  readonly #due = new Map<string, ProjectionStates>()
  readonly #newerListeners = new Set<(projection: string) => void>()
  #cancel: (() => void) | undefined
  #saving: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  /** Another tab has stored a later build than the one that this tab holds. */
  onNewer(listener: (projection: string) => void): void {
    this.#newerListeners.add(listener)
  }

  /** These states are going to be folded from the log as it is now: they count for no other. */
  begin(states: ProjectionStates, build = 0): void {
    this.#folded.set(states, { log: this.#options.log(), build })
  }

  /** Has states begin where a checkpoint ended, if the log is still the one that it fits. */
  restore(states: ProjectionStates, { from, log, build }: Pick<Left, 'from' | 'log' | 'build'>): void {
    this.begin(states, build)
    if (from !== undefined && isSameLog(log, this.#options.log())) states.restore(from)
  }

  buildOf(states: ProjectionStates): number {
    return this.#folded.get(states)?.build ?? 0
  }

  /** Whether the log is still the one that these states were begun on. */
  isOfThisLog(states: ProjectionStates): boolean {
    const folded = this.#folded.get(states)
    return folded !== undefined && isSameLog(folded.log, this.#options.log())
  }

  /** A checkpoint that does not fit, or cannot be read, is as good as none. */
  async load(projection: AnyProjection): Promise<Left> {
    try {
      const loaded = await within(
        this.#options.clock,
        LOAD_MS,
        this.#options.storage.load(projection.name, projection.version),
      )
      if (loaded !== undefined) return await this.#leftOf(projection, loaded)
    } catch (error) {
      this.#failed(error)
    }
    return { ...NOTHING_LEFT, log: this.#options.log() }
  }

  async #leftOf(projection: AnyProjection, { stored, others, wanted }: LoadedCheckpoint): Promise<Left> {
    const log = this.#options.log()
    if (stored !== undefined) this.#stored.set(projection.name, stored.head)
    const earlier = others.filter(({ version }) => version < projection.version)
    const read = stored?.head.read
    const isRead = read !== undefined && read.by === this.#reading(projection, read.unreadable)
    if (stored !== undefined && isRead && (await this.#counts(stored.head))) {
      // This version is built: nobody begins at an earlier one any more but tabs of an earlier app, which save theirs again.
      for (const { version } of earlier)
        this.#options.storage.forget(projection.name, version).catch((error: unknown) => this.#failed(error))
      const { position, mark, build, faults } = stored.head
      const isRebuildWanted = wanted > build
      const from = { position, mark, states: stored.states, faults, unreadable: read.unreadable }
      return { log, from, build, isRebuildWanted, isRebuild: false, old: undefined }
    }
    // Folded from the beginning, it is what was asked for.
    const build = Math.max(wanted, stored?.head.build ?? 0)
    const old = await this.#loadOld(projection, earlier)
    const isRebuild = stored !== undefined || earlier.length > 0
    return { log, from: undefined, build, isRebuildWanted: false, isRebuild, old }
  }

  /** Of the last version that counts. */
  async #loadOld(projection: AnyProjection, earlier: readonly CheckpointHead[]): Promise<OldStates | undefined> {
    if (projection.showOld === undefined) return undefined
    for (const head of earlier.toSorted((a, b) => b.version - a.version)) {
      if (!(await this.#counts(head))) continue
      const loaded = await within(
        this.#options.clock,
        LOAD_MS,
        this.#options.storage.load(projection.name, head.version),
      )
      return loaded?.stored === undefined ? undefined : new OldStates(projection, loaded.stored)
    }
    return undefined
  }

  /** Notes that a projection is to be built anew, so that it is, should this tab end; answers the number of that build. */
  async want(projection: AnyProjection): Promise<number> {
    try {
      const wanted = await within(
        this.#options.clock,
        LOAD_MS,
        this.#options.storage.want(projection.name, projection.version),
      )
      if (wanted !== undefined) return wanted
    } catch (error) {
      this.#failed(error)
    }
    return (this.#stored.get(projection.name)?.build ?? 0) + 1
  }

  /** Saves a new build now, in the place of what is stored. Answers whether it is. */
  async replace(states: ProjectionStates): Promise<boolean> {
    const { name } = states.projection
    const isSaved = () => (this.#stored.get(name)?.build ?? -1) >= this.buildOf(states)
    for (let tries = 0; tries < SAVE_TRIES && !isSaved() && !this.#isClosed; tries++) {
      this.#due.set(name, states)
      this.#saving = this.#saving.then(() => this.#saveAll())
      await this.#saving
    }
    return isSaved()
  }

  /** A log that was set back, by a backup of the profile or a disk that lost its end, may have gone on with something else. */
  async #counts(head: CheckpointHead): Promise<boolean> {
    const { log, hasMark } = this.#options
    if (!isSameLog(head, log()) || head.position > log().head) return false
    if (this.#proved.has(head)) return true
    if (head.mark === undefined || !(await hasMark(head.position, head.mark))) return false
    this.#proved.add(head)
    return true
  }

  /** The states have moved on. */
  note(states: ProjectionStates): void {
    if (this.#isClosed) return
    this.#due.set(states.projection.name, states)
    this.#cancel ??= this.#options.clock.after(SAVE_EVERY_MS, () => {
      this.#cancel = undefined
      this.#saving = this.#saving.then(() => this.#saveAll())
    })
  }

  /** Saves what is due, if that is quick. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    await within(
      this.#options.clock,
      CLOSE_MS,
      this.#saving.then(() => this.#saveAll()),
    )
    this.#options.storage.close()
  }

  async #saveAll(): Promise<void> {
    const due = [...this.#due.values()]
    this.#due.clear()
    for (const states of due) {
      try {
        await this.#save(states)
      } catch (error) {
        this.#failed(error)
      }
    }
  }

  async #save(states: ProjectionStates): Promise<void> {
    const { storage, log } = this.#options
    const expected = this.#stored.get(states.projection.name)
    const isOurs = expected !== undefined && (await this.#counts(expected))
    const { device, authority, repairs } = log()
    const { projection, position, mark, keptFaults } = states
    const unreadable = states.unreadable.all
    const { name, version } = projection
    const folded = this.#folded.get(states)
    // What has met a fault or a hole has to meet it again; and what was folded before a repair lacks what was repaired.
    if (states.stoppedAt('confirmed') !== undefined || states.hasHole) return
    if (folded === undefined || !this.isOfThisLog(states)) return
    const { build } = folded
    const read = { by: this.#reading(projection, unreadable), unreadable }
    const frame = { projection: name, version, device, authority, repairs, build, position, mark, read }
    const next: CheckpointHead = keptFaults === undefined ? frame : { ...frame, faults: keptFaults }
    const isSameBuild = expected !== undefined && isSameLog(expected, next) && expected.build === build
    const continues = isSameBuild && isOurs && expected.read?.by === read.by
    // Another tab has built it anew: what is stored is worth more.
    if (expected !== undefined && expected.build > build) return this.#tellNewer(name)
    // Further on than this tab knows the log: whether it is of the same log shows when it does.
    if (isSameBuild && expected.position > log().head) return
    if (continues && expected.position >= position) return
    const changed = continues ? states.takeChanged() : states.takeAll()
    const putBack = () => states.putBack(changed.map(([key]) => key))
    const stored = await storage
      .save({ expected, next, states: changed, replaces: !continues })
      .catch((error: unknown) => {
        putBack()
        throw error
      })
    if (stored === undefined) this.#stored.delete(name)
    else this.#stored.set(name, stored)
    if (stored !== undefined && isSameHead(stored, next)) {
      this.#proved.add(stored)
      return
    }
    // Another tab was quicker: with the next change it is tried again, on what that one has stored.
    putBack()
    if (stored !== undefined && stored.build > build) this.#tellNewer(name)
    else if (!this.#due.has(name)) this.#due.set(name, states)
  }

  #reading({ types }: AnyProjection, unreadable: readonly UnreadableEvents[]): string {
    const { catalog, version } = this.#options.domain
    const reading = catalog.readingOf(types)
    return unreadable.some(({ reason }) => reason === 'unreadable') ? `${reading} of ${version}` : reading
  }

  #tellNewer(projection: string): void {
    for (const listener of this.#newerListeners) listener(projection)
  }

  #failed(error: unknown): void {
    this.#options.logger.info('engine: a checkpoint could not be used; the log is folded instead', {
      error: error instanceof Error ? error.name : typeof error,
    })
  }
}

/** Of the projections over a store; undefined where there is no place for them. */
export function createCheckpoints(
  storage: CheckpointStorage | undefined,
  store: EventStore,
  domain: CheckpointsOptions['domain'],
  { clock, logger }: Pick<CheckpointsOptions, 'clock' | 'logger'>,
): Checkpoints | undefined {
  if (storage === undefined) return undefined
  const log = () => {
    const { meta, head } = store.known
    return { device: meta.device, authority: meta.authority, repairs: meta.repairs ?? 0, head }
  }
  const marked = (position: number, mark: LogMark) => hasMark(store, position, mark)
  return new Checkpoints({ storage, clock, logger, domain, log, hasMark: marked })
}
