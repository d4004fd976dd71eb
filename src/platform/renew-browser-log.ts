import type { Clock } from './ports.ts'

/** For the whole of it. It takes 3 ms; a store that opens a little less safe is better than one that does not open. */
const TIMEOUT_MS = 1000

/** No store has a colon in its place: whatever an account is called, this is not its log. */
const NAME = 'larder/log:renewal'

export interface RenewOptions {
  /** Default: the global one. */
  readonly indexedDB?: IDBFactory
  /** Default: the timers of the machine. */
  readonly after?: Clock['after']
}

/**
 * Makes Chromium begin a new write-ahead log for this origin, by making and deleting an empty database.
 *
 * Chromium keeps the IndexedDB of an origin in one LevelDB, which writes a record's header and its body one after the other. A browser that is
 * killed between the two leaves a header without a body. The next start takes that for the end of the log, and writes on behind it; the start
 * after that reads the header, finds other bytes than it announces, calls the database corrupt and deletes it, with all that the origin has.
 * What was deleted had been acknowledged. A deleted database makes LevelDB compact, and with that leave the old log behind, before we have
 * acknowledged anything.
 *
 * Wait for it before anything is written. Never rejects: see {@link TIMEOUT_MS}. Answers whether it is done.
 */
export async function renewBrowserLog({ indexedDB, after = afterMs }: RenewOptions = {}): Promise<boolean> {
  let cancel = (): void => {}
  const tooLate = new Promise<false>((resolve) => {
    cancel = after(TIMEOUT_MS, () => resolve(false))
  })
  try {
    return await Promise.race([makeAndDelete(indexedDB), tooLate])
  } finally {
    cancel()
  }
}

/**
 * Renews at once, beside whatever else a store that opens waits for. Answers a function that waits for that the first time, and renews anew every other time, and
 * where the first came to nothing: IndexedDB may take its time to come up after a kill. Undefined in a browser that needs none of it.
 *
 * Which those are is told by the name that Chromium and what is built on it give: it is no feature that could be asked for.
 */
export function renewEarly(): (() => Promise<void>) | undefined {
  if (typeof navigator === 'undefined' || !/Chrom(e|ium)\//.test(navigator.userAgent)) return undefined
  let early: Promise<boolean> | undefined = renewBrowserLog()
  return async () => {
    const isDone = early
    early = undefined
    if ((await isDone) !== true) await renewBrowserLog()
  }
}

/** Answers when it is deleted, or when that cannot be. */
function makeAndDelete(given: IDBFactory | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const fail = () => resolve(false)
    try {
      const factory = given ?? indexedDB
      const opening = factory.open(NAME)
      opening.onerror = fail
      opening.onblocked = fail
      opening.onsuccess = () => {
        try {
          opening.result.close()
          const deleting = factory.deleteDatabase(NAME)
          deleting.onsuccess = () => resolve(true)
          deleting.onerror = fail
        } catch {
          fail()
        }
      }
    } catch {
      fail()
    }
  })
}

/** As the system clock's, whose module is the engine's: a worker that loads it late shares none with it. */
function afterMs(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
