import type { Clock } from '../../platform/ports.ts'

export interface RenewOptions {
  readonly factory: IDBFactory
  /** Of the database that shall be safe; the one that is made and deleted has a name of its own beside it. */
  readonly name: string
  readonly clock: Clock
}

/** For the whole of it. It takes 3 ms; a store that opens a little less safe is better than one that does not open. */
const TIMEOUT_MS = 1000

/**
 * Makes Chromium begin a new write-ahead log for this origin, by making and deleting an empty database.
 *
 * Chromium keeps the IndexedDB of an origin in one LevelDB, which writes a record's header and its body one after the other. A browser that is
 * killed between the two leaves a header without a body. The next start takes that for the end of the log, and writes on behind it; the start
 * after that reads the header, finds other bytes than it announces, calls the database corrupt and deletes it, with all that the origin has.
 * What was deleted had been acknowledged. A deleted database makes LevelDB compact, and with that leave the old log behind, before we have
 * acknowledged anything.
 *
 * Call it when a database was opened, before anything is written. Never rejects: see {@link TIMEOUT_MS}.
 */
export async function renewBrowserLog({ factory, name, clock }: RenewOptions): Promise<void> {
  let cancel = (): void => {}
  const tooLate = new Promise<void>((resolve) => {
    cancel = clock.after(TIMEOUT_MS, resolve)
  })
  try {
    // No store has a colon in its place: whatever an account is called, this is not its log.
    await Promise.race([makeAndDelete(factory, `${name}/log:renewal`), tooLate])
  } finally {
    cancel()
  }
}

/** Resolves when it is deleted, or when that cannot be. */
function makeAndDelete(factory: IDBFactory, name: string): Promise<void> {
  return new Promise((resolve) => {
    try {
      const opening = factory.open(name)
      opening.onerror = () => resolve()
      opening.onblocked = () => resolve()
      opening.onsuccess = () => {
        opening.result.close()
        const deleting = factory.deleteDatabase(name)
        deleting.onsuccess = () => resolve()
        deleting.onerror = () => resolve()
      }
    } catch {
      resolve()
    }
  })
}
