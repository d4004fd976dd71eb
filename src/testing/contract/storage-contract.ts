import type { StoragePlace } from './storage-place.ts'
import { storageReadingContract } from './storage-reading.ts'
import { storageRecordsContract } from './storage-records.ts'
import { storageTransactionsContract } from './storage-transactions.ts'
import type { TestRunner } from './test-runner.ts'

/**
 * What every `StorageBackend` has to keep. Call it in a test file of yours:
 *
 * ```ts
 * import { describe, expect, it } from 'vitest'
 * storageContract({ describe, it, expect }, 'my storage', () => myPlace())
 * ```
 *
 * `newPlace` is called in each test, and has to answer a place that nobody has used.
 */
export function storageContract(runner: TestRunner, name: string, newPlace: () => StoragePlace): void {
  runner.describe(`storage contract: ${name}`, () => {
    storageRecordsContract(runner, newPlace)
    storageReadingContract(runner, newPlace)
    storageTransactionsContract(runner, newPlace)
  })
}
