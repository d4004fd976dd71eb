import type { Clock, Logger } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { type CheckpointHead, type CheckpointStorage, isSameLog, type StoredCheckpoint } from './checkpoint-storage.ts'
import type { AnyProjection } from './define-projection.ts'
import type { ProjectionStates } from './projection-states.ts'

export interface CheckpointsOptions {
  readonly storage: CheckpointStorage
  readonly clock: Clock
  readonly logger: Logger
  /** The log as this tab knows it now. */
  readonly log: () => Pick<CheckpointHead, 'device' | 'authority' | 'repairs'> & { readonly head: number }
}

/** A change is saved after this, with all that followed it: at most so much is folded again when the tab is killed. */
const SAVE_EVERY_MS = 1000
/** A database that does not answer must not keep a view waiting: the log is there to be folded. */
const LOAD_MS = 3000
/** Closing waits no longer for what can be had again. */
const CLOSE_MS = 1000

/** Loads the states of projections from where they were left, and saves them while they move on. */
export class Checkpoints {
  readonly #options: CheckpointsOptions
  /** What is stored, as far as this tab knows. */
  readonly #stored = new Map<string, CheckpointHead>()
  /** The log that states were folded from. */
  readonly #folded = new WeakMap<ProjectionStates, Pick<CheckpointHead, 'device' | 'authority' | 'repairs'>>()
  readonly #due = new Map<string, ProjectionStates>()
  #cancel: (() => void) | undefined
  #saving: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: CheckpointsOptions) {
    this.#options = options
  }

  /** These states are going to be folded from the log as it is now: they count for no other. */
  begin(states: ProjectionStates): void {
    this.#folded.set(states, this.#options.log())
  }

  /** Where to begin; undefined when all has to be folded. A checkpoint that does not fit, or cannot be read, is as good as none. */
  async load(projection: AnyProjection): Promise<{ position: number; states: StoredCheckpoint['states'] } | undefined> {
    try {
      const stored = await this.#within(LOAD_MS, this.#options.storage.load(projection.name))
      if (stored === undefined) return undefined
      this.#stored.set(projection.name, stored.head)
      const log = this.#options.log()
      const fits =
        isSameLog(stored.head, log) && stored.head.version === projection.version && stored.head.position <= log.head
      return fits ? { position: stored.head.position, states: stored.states } : undefined
    } catch (error) {
      this.#failed(error)
      return undefined
    }
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
    await this.#within(
      CLOSE_MS,
      this.#saving.then(() => this.#saveAll()),
    )
    this.#options.storage.close()
  }

  /** Undefined when it takes longer. */
  async #within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
    let cancel = (): void => {}
    const tooLate = new Promise<undefined>((resolve) => {
      cancel = this.#options.clock.after(ms, () => resolve(undefined))
    })
    try {
      return await Promise.race([work, tooLate])
    } finally {
      cancel()
    }
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
    const { device, authority, repairs } = log()
    const { projection, position } = states
    const folded = this.#folded.get(states)
    // What has met a fault or a hole has to meet it again; and what was folded before a repair lacks what was repaired.
    if (states.fault !== undefined || states.hasHole || folded === undefined || !isSameLog(folded, log())) return
    const next: CheckpointHead = {
      projection: projection.name,
      version: projection.version,
      device,
      authority,
      repairs,
      position,
    }
    const expected = this.#stored.get(projection.name)
    const continues = expected !== undefined && isSameLog(expected, next) && expected.version === next.version
    // A newer app has its states there, or another tab is further on: what is stored is worth more.
    if (expected !== undefined && expected.version > next.version) return
    if (continues && expected.position >= position) return
    const changed = continues ? states.takeChanged() : states.takeAll()
    const putBack = () => states.putBack(changed.map(([key]) => key))
    const stored = await storage
      .save({ expected, next, states: changed, replaces: !continues })
      .catch((error: unknown) => {
        putBack()
        throw error
      })
    if (stored === undefined) this.#stored.delete(projection.name)
    else this.#stored.set(projection.name, stored)
    if (stored?.position === next.position && isSameLog(stored, next)) return
    // Another tab was quicker: with the next change it is tried again, on what that one has stored.
    putBack()
    if (!this.#due.has(projection.name)) this.#due.set(projection.name, states)
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
  { clock, logger }: Pick<CheckpointsOptions, 'clock' | 'logger'>,
): Checkpoints | undefined {
  if (storage === undefined) return undefined
  const log = () => {
    const { meta, head } = store.known
    return { device: meta.device, authority: meta.authority, repairs: meta.repairs ?? 0, head }
  }
  return new Checkpoints({ storage, clock, logger, log })
}
