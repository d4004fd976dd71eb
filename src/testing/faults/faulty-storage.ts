import { LarderError } from '../../errors.ts'
import type { TableName } from '../../store/records.ts'
import type { StorageBackend, StorageTransaction } from '../../store/storage-backend.ts'
import { watchedTransaction } from './watched-transaction.ts'

/**
 * - `'fail'`: the operation rejects as `storage-failed`, and so its transaction is rolled back.
 * - `'abort'`: the operation works, but its transaction is rolled back at its end, as `storage-unavailable`: as when the disk is full at the commit.
 * - `'hang'`: the operation does not settle before `release()`. On IndexedDB its transaction is over by then.
 *
 * At the word that a transaction is complete all of it is on disk already: then the storage says that it failed, and it was stored. `'abort'` says there that
 * the outcome is unknown.
 */
export type StorageFaultKind = 'fail' | 'abort' | 'hang'

export interface StorageFaultPlan {
  /** Number of the operation, from 1. */
  readonly at: number
  /** Default `'fail'`. */
  readonly fault?: StorageFaultKind
}

/**
 * A storage that counts what is asked of it, and fails once where the plan says so; without a plan it only counts. Every call of a transaction is an
 * operation, and so are its beginning, its commit, and the word that it is complete. See {@link everyStorageFault} to have each fail in turn.
 */
export function faultyStorage(inner: StorageBackend, plan?: StorageFaultPlan): FaultyStorage {
  const storage = new FaultyStorage(inner)
  if (plan !== undefined) storage.failNext(plan.at, plan.fault)
  return storage
}

export class FaultyStorage implements StorageBackend {
  readonly mode = 'custom'
  readonly #inner: StorageBackend
  /** Write transactions that were begun, by their tables. */
  readonly writes: (readonly TableName[])[] = []
  /** Transactions that were asked for. */
  transactions = 0
  /** Calls, beginnings and ends of transactions since the last plan was made. */
  operations = 0
  /** Number of the operation that fails, from 1. Failing is over with it. */
  failAt: number | undefined
  /** Fails every write transaction that this says so of, before its commit. */
  refuses: (() => boolean) | undefined
  /** The storage is gone: every transaction rejects with this, until it is taken away. */
  outage: LarderError | undefined
  /** What failed last: the name of the operation. */
  failed: string | undefined
  #fault: StorageFaultKind = 'fail'
  #hanging: (() => void)[] = []

  constructor(inner: StorageBackend) {
    this.#inner = inner
  }

  /** From now on, the n-th operation fails. Takes the place of an earlier plan. */
  failNext(nth: number, fault: StorageFaultKind = 'fail'): void {
    this.operations = 0
    this.failAt = nth
    this.failed = undefined
    this.#fault = fault
  }

  /** What hangs goes on. */
  release(): void {
    for (const goOn of this.#hanging.splice(0)) goOn()
  }

  async transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    let isDoomed = false
    const step = async (what: string, canDoom = true): Promise<void> => {
      this.operations++
      if (this.operations !== this.failAt) return
      this.failed = what
      if (this.#fault === 'hang') return new Promise((resolve) => this.#hanging.push(resolve))
      if (this.#fault === 'fail') throw new LarderError('storage-failed', `The disk failed at ${what}`, {})
      if (!canDoom) throw abortedError(what)
      isDoomed = true
    }
    this.transactions++
    if (this.outage !== undefined) throw this.outage
    if (mode === 'write') this.writes.push(tables)
    await step('begin')
    const result = await this.#inner.transact(mode, tables, async (tx) => {
      const answer = await work(watchedTransaction(tx, step))
      if (mode === 'write' && this.refuses?.() === true)
        throw new LarderError('storage-failed', 'The disk failed at commit', {})
      await step('commit')
      if (isDoomed) throw abortedError(this.failed ?? 'commit')
      return answer
    })
    await step('complete', false)
    return result
  }

  close(): Promise<void> {
    return this.#inner.close()
  }
}

function abortedError(what: string): LarderError<'storage-unavailable'> {
  if (what === 'complete')
    return new LarderError('storage-unavailable', 'The disk failed while it was storing: look the records up', {
      details: { outcome: 'unknown' },
    })
  return new LarderError('storage-unavailable', `The transaction was rolled back: the disk failed at ${what}`, {})
}
