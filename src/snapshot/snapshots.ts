import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { nameOfError } from '../errors.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import { Mutex } from '../store/mutex.ts'
import { answered, within } from '../store/within.ts'
import { isUsable, type Snapshot, type SnapshotBasis, type SnapshotStorage } from './snapshot-storage.ts'

export interface SnapshotsOptions {
  readonly storage: SnapshotStorage
  readonly clock: Clock
  readonly logger: Logger
}

/** A database that does not answer must not keep a load waiting: the log is there to be folded. */
const LOAD_MS = 3000
/** Closing waits no longer for what can be had again. */
const CLOSE_MS = 1000

/** Loads and saves snapshots. One that does not fit, or cannot be read, is as good as none, and one that cannot be saved is taken again. */
export class Snapshots {
  readonly #options: SnapshotsOptions
  readonly #saving = new Mutex()
  #isClosed = false

  constructor(options: SnapshotsOptions) {
    this.#options = options
  }

  async load(aggregate: AnyAggregate, stream: string, basis: SnapshotBasis): Promise<Snapshot | undefined> {
    try {
      const stored = await within(this.#options.clock, LOAD_MS, this.#options.storage.load(aggregate.name, stream))
      return stored !== undefined && isUsable(stored, aggregate, basis) ? stored : undefined
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  /** Saves it when there is time; nobody waits for it. Its state is copied at once. */
  save(snapshot: Snapshot, refused?: Snapshot): void {
    if (this.#isClosed) return
    const { clock, storage } = this.#options
    // Behind one that is not answered nothing waits: that would be a state for each.
    const letGo = (silence: Error): void => this.#saving.refuseWaiting(silence)
    try {
      const copy = structuredClone(snapshot)
      this.#saving
        .run(() => answered(clock, storage.save(copy, refused), letGo))
        .catch((error: unknown) => this.#failed(error))
    } catch (error) {
      // A state that is not plain data.
      this.#failed(error)
    }
  }

  /** Resolves when what was to be saved is, if that is quick. */
  async close(): Promise<void> {
    this.#isClosed = true
    await within(this.#options.clock, CLOSE_MS, this.#saving.whenIdle())
    this.#options.storage.close()
  }

  #failed(error: unknown): void {
    this.#options.logger.info('engine: a snapshot could not be used; the stream is folded instead', {
      error: nameOfError(error),
    })
  }
}
