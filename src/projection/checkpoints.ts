import { answered, within } from '../store/within.ts'
import { type CheckpointHead, isSameHead, isSameLog, type LoadedCheckpoint } from './checkpoint-storage.ts'
import type { CheckpointsOptions } from './checkpoints-options.ts'
import type { AnyProjection } from './define-projection.ts'
import { besideOf, type Folded, headOf, keptOf, readingOf } from './folded.ts'
import { type Left, NOTHING_LEFT } from './left.ts'
import { LogProofs } from './log-proofs.ts'
import { OldStates } from './old-states.ts'
import type { ProjectionStates } from './projection-states.ts'

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
  readonly #proofs: LogProofs
  /** The log that states were folded from, and the build that they are of. */
  readonly #folded = new WeakMap<ProjectionStates, Folded>()
  readonly #due = new Map<string, ProjectionStates>()
  readonly #newerListeners = new Set<(projection: string) => void>()
  #cancel: (() => void) | undefined
  #saving: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: CheckpointsOptions) {
    this.#options = options
    this.#proofs = new LogProofs(options)
    this.checkAhead()
  }

  /** See {@link CheckpointStorage.check}. */
  checkAhead(): void {
    // While it is looked whether the rest is whole the log is asked: each takes as long as the other, and a view waits for both.
    this.#options.storage.check?.((head) => this.#proofs.ask(head))
  }

  /** Another tab has stored a later build than the one that this tab holds. */
  onNewer(listener: (projection: string) => void): void {
    this.#newerListeners.add(listener)
  }

  /**
   * These states are going to be folded from the log as it is now: they count for no other.
   *
   * @param isBeside other states of this version are shown until these are finished
   */
  begin(states: ProjectionStates, build = 0, isBeside = false): void {
    this.#folded.set(states, { log: this.#options.log(), build, isWhole: false, isBeside })
  }

  /** Has states begin where a checkpoint ended, if the log is still the one that it fits. */
  restore(
    states: ProjectionStates,
    { from, log, build, isWhole }: Pick<Left, 'from' | 'log' | 'build' | 'isWhole'>,
    isBeside = false,
  ): void {
    const now = this.#options.log()
    const isLeft = from !== undefined && isSameLog(log, now)
    this.#folded.set(states, { log: now, build, isWhole: isLeft && isWhole, isBeside })
    if (isLeft) states.restore(from)
  }

  /** They are up to the log, and are what is shown from now on. */
  finish(states: ProjectionStates): void {
    const folded = this.#folded.get(states)
    if (folded === undefined || folded.isWhole) return
    this.#folded.set(states, { ...folded, isWhole: true, isBeside: false })
    if (states.position > 0) this.note(states)
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
      const loaded = await this.#inTime(
        this.#options.storage.load(projection.name, projection.version, (head) => this.#proofs.ask(head)),
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
    const isRead = read !== undefined && read.by === readingOf(this.#options.domain, projection, read.unreadable)
    if (stored !== undefined && isRead && (await this.#proofs.has(stored.head))) {
      const { build } = stored.head
      const left = { log, from: keptOf(stored), build, isRebuildWanted: wanted > build }
      if (stored.head.isUnfinished === true) {
        const old = await this.#loadOld(projection, earlier)
        return { ...left, isWhole: false, isRebuild: earlier.length > 0, old }
      }
      // This version is built: nobody begins at an earlier one any more but tabs of an earlier app, which save theirs again.
      for (const { version } of earlier) void this.#forget(projection.name, version)
      return { ...left, isWhole: true, isRebuild: false, old: undefined }
    }
    // Folded from the beginning, it is what was asked for.
    const build = Math.max(wanted, stored?.head.build ?? 0)
    const old = await this.#loadOld(projection, earlier)
    const isRebuild = stored !== undefined || earlier.length > 0
    return { log, from: undefined, isWhole: false, build, isRebuildWanted: false, isRebuild, old }
  }

  /**
   * How far a build had come when the tab that was at it ended. Undefined where it has to begin at the first event: also where another version of the app
   * was at it, because a rebuild is what is asked for when functions were mended.
   */
  async loadBeside(projection: AnyProjection, build: number): Promise<Left | undefined> {
    const { storage, log } = this.#options
    const place = besideOf(projection.name)
    try {
      const loaded = await this.#inTime(storage.load(place, projection.version))
      for (const { version } of loaded?.others ?? [])
        if (version < projection.version) void this.#forget(place, version)
      const stored = loaded?.stored
      if (stored === undefined) return undefined
      this.#stored.set(place, stored.head)
      const { read } = stored.head
      const isOfThisApp =
        read !== undefined && read.by === readingOf(this.#options.domain, projection, read.unreadable, true)
      if (stored.head.build !== build || !isOfThisApp || !(await this.#proofs.has(stored.head))) return undefined
      return { ...NOTHING_LEFT, log: log(), from: keptOf(stored), build }
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  /** What {@link loadBeside} would answer is of no more use. */
  async forgetBeside({ name, version }: AnyProjection): Promise<void> {
    const place = besideOf(name)
    this.#stored.delete(place)
    await this.#inTime(this.#forget(place, version))
  }

  #inTime<T>(work: Promise<T>): Promise<T | undefined> {
    return within(this.#options.clock, LOAD_MS, work)
  }

  #forget(place: string, version: number): Promise<void> {
    return this.#options.storage.forget(place, version).catch((error: unknown) => this.#failed(error))
  }

  /** Of the last version that counts. */
  async #loadOld(projection: AnyProjection, earlier: readonly CheckpointHead[]): Promise<OldStates | undefined> {
    if (projection.showOld === undefined) return undefined
    for (const head of earlier.toSorted((a, b) => b.version - a.version)) {
      if (head.isUnfinished === true || !(await this.#proofs.has(head))) continue
      const loaded = await this.#inTime(this.#options.storage.load(projection.name, head.version))
      return loaded?.stored === undefined ? undefined : new OldStates(projection, loaded.stored)
    }
    return undefined
  }

  /** Notes that a projection is to be built anew, so that it is, should this tab end; answers the number of that build. */
  async want(projection: AnyProjection): Promise<number> {
    try {
      const wanted = await this.#inTime(this.#options.storage.want(projection.name, projection.version))
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

  /** The states have moved on. */
  note(states: ProjectionStates): void {
    if (this.#isClosed) return
    this.#due.set(this.#placeOf(states), states)
    this.#cancel ??= this.#options.clock.after(SAVE_EVERY_MS, () => {
      this.#cancel = undefined
      this.#saving = this.#saving.then(() => this.#saveAll())
    })
  }

  #placeOf(states: ProjectionStates): string {
    const { name } = states.projection
    return this.#folded.get(states)?.isBeside === true ? besideOf(name) : name
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
    const { storage, log, domain, clock } = this.#options
    // As it is for now: a rebuild may be finished while this is under way.
    const folded = this.#folded.get(states)
    const place = this.#placeOf(states)
    const expected = this.#stored.get(place)
    const isOurs = expected !== undefined && (await this.#proofs.has(expected))
    const { projection, position } = states
    const { name } = projection
    // What has met a fault or a hole has to meet it again; and what was folded before a repair lacks what was repaired.
    if (states.stoppedAt('confirmed') !== undefined || states.hasHole) return
    if (folded === undefined || !this.isOfThisLog(states)) return
    const { build, isWhole, isBeside } = folded
    const next = headOf(states, folded, { place, log: log(), domain })
    const isSameBuild = expected !== undefined && isSameLog(expected, next) && expected.build === build
    const continues = isSameBuild && isOurs && expected.read?.by === next.read?.by
    // Another tab has built it anew: what is stored is worth more.
    if (expected !== undefined && expected.build > build) return isBeside ? undefined : this.#tellNewer(name)
    // Further on than this tab knows the log: whether it is of the same log shows when it does.
    if (isSameBuild && expected.position > log().head) return
    const isFinishing = expected?.isUnfinished === true && isWhole
    if (continues && (expected.position > position || (expected.position === position && !isFinishing))) return
    const changed = continues ? states.takeChanged() : states.takeAll()
    const putBack = () => states.putBack(changed.map(([key]) => key))
    const saving = storage.save({ expected, next, states: changed, replaces: !continues })
    const stored = await answered(clock, saving).catch((error: unknown) => {
      putBack()
      throw error
    })
    if (stored === undefined) this.#stored.delete(place)
    else this.#stored.set(place, stored)
    if (stored !== undefined && isSameHead(stored, next)) {
      this.#proofs.add(stored)
      return
    }
    // Another tab was quicker: with the next change it is tried again, on what that one has stored.
    putBack()
    if (stored !== undefined && stored.build > build) {
      if (!isBeside) this.#tellNewer(name)
    } else if (!this.#due.has(place)) this.#due.set(place, states)
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
