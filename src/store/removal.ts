import { LarderError } from '../errors.ts'
import type { Clock, Locks } from '../platform/ports.ts'

export interface RemovalOptions {
  readonly locks: Locks
  readonly clock: Clock
  /** Tabs of the same place share the lock. */
  readonly place: string
}

/** Longest wait for another tab's removal, in ms. */
const LONGEST_WAIT_MS = 10_000

/** Somebody has emptied the log, and is about to remove the storage under it. */
export class BeingRemoved extends Error {
  constructor() {
    super('The log is being removed')
  }
}

/**
 * A store is removed in two steps: its log is emptied, then the storage goes. Whoever would open the empty one in between would lose with it what they
 * append. So a lock is held over both steps; who finds an emptied log waits for it: then the storage is gone, or whoever was to remove it is.
 *
 * Without Web Locks, tabs do not see each other's: then that gap stays.
 */
export class Removal {
  readonly #options: RemovalOptions

  constructor(options: RemovalOptions) {
    this.#options = options
  }

  /** @throws LarderError `storage-timeout` where another tab does not come to an end with it, and what `work` throws */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const { locks, clock, place } = this.#options
    const tooLong = new AbortController()
    const cancel = clock.after(LONGEST_WAIT_MS, () => tooLong.abort())
    let working: Promise<T> | undefined
    try {
      await locks.hold(`larder:remove:${place}`, tooLong.signal, async () => {
        cancel()
        working = work()
        await working
      })
    } catch (error) {
      if (working === undefined && tooLong.signal.aborted) throw removalTakesLong(error)
      throw error
    } finally {
      cancel()
    }
    if (working === undefined) throw removalTakesLong(undefined)
    return working
  }
}

function removalTakesLong(cause: unknown): LarderError<'storage-timeout'> {
  return new LarderError(
    'storage-timeout',
    'This store is being removed in another tab, which does not come to an end: close the other tabs, and open it again',
    { cause },
  )
}
