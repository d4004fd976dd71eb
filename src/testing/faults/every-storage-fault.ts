import type { StorageBackend } from '../../store/storage-backend.ts'
import { type FaultyStorage, faultyStorage, type StorageFaultKind } from './faulty-storage.ts'

/** One run of a sweep. */
export interface StorageFaultRun {
  /** Puts the fault into a storage. Once in each run, around what is to fail. */
  readonly wrap: (inner: StorageBackend) => FaultyStorage
  readonly at: number
  readonly fault: StorageFaultKind
}

/** A sweep that comes this far has no end. */
const MOST_RUNS = 10_000

/**
 * Runs something with a fault at its first storage operation, then, anew, at its second, and so on, until a run has fewer operations than that: so
 * that no step is left out. Answers which operations failed, in order: `'fail at put'`.
 *
 * ```ts
 * await everyStorageFault(async ({ wrap }) => {
 *   const place = memory()
 *   const test = await createTestLarder(domain, { storage: async (name) => wrap(await place(name)) }).catch(() => undefined)
 *   …
 * })
 * ```
 *
 * @param run asserts what has to hold, whatever failed. Has to do the same each time
 * @param faults each is swept by itself. Default `'fail'` and `'abort'`
 * @throws what `run` throws, at once
 */
export async function everyStorageFault(
  run: (each: StorageFaultRun) => Promise<unknown>,
  faults: readonly StorageFaultKind[] = ['fail', 'abort'],
): Promise<readonly string[]> {
  const struck: string[] = []
  for (const fault of faults) {
    for (let at = 1; ; at++) {
      let storage: FaultyStorage | undefined
      await run({
        at,
        fault,
        wrap: (inner) => {
          if (storage !== undefined) throw new RangeError('wrap one storage in each run: operations are counted in one')
          storage = faultyStorage(inner, { at, fault })
          return storage
        },
      })
      if (storage?.failed === undefined) break
      struck.push(`${fault} at ${storage.failed}`)
      if (at === MOST_RUNS) throw new RangeError(`The run still had an operation after ${MOST_RUNS}: does it ever end?`)
    }
  }
  return struck
}
