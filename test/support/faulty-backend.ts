import { LarderError } from '../../src/errors.ts'
import type { TableName } from '../../src/store/records.ts'
import type { StorageBackend, StorageTransaction } from '../../src/store/storage-backend.ts'

/**
 * A storage that counts what is asked of it, and fails when told to. Every call of a transaction is an operation, and so are its beginning, its
 * commit, and the word that it is complete.
 */
export class FaultyBackend implements StorageBackend {
  readonly mode = 'custom'
  readonly #inner: StorageBackend
  /** Write transactions that were begun, by their tables. */
  readonly writes: (readonly TableName[])[] = []
  operations = 0
  /** Number of the operation that fails, from 1. Failing is over with it. */
  failAt: number | undefined
  /** Fails every write transaction that this says so of, before its commit. */
  refuses: (() => boolean) | undefined
  /** What failed last. */
  failed: string | undefined

  constructor(inner: StorageBackend) {
    this.#inner = inner
  }

  /** From now on, the n-th operation fails. */
  failNext(nth: number): void {
    this.operations = 0
    this.failAt = nth
    this.failed = undefined
  }

  async transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    if (mode === 'write') this.writes.push(tables)
    this.#step('begin')
    const result = await this.#inner.transact(mode, tables, async (tx) => {
      const answer = await work(this.#watched(tx))
      if (mode === 'write' && this.refuses?.() === true) throw broken('commit')
      this.#step('commit')
      return answer
    })
    this.#step('complete')
    return result
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  #step(what: string): void {
    this.operations++
    if (this.operations !== this.failAt) return
    this.failed = what
    throw broken(what)
  }

  #watched(tx: StorageTransaction): StorageTransaction {
    const watch = <A extends unknown[], R>(what: string, call: (...given: A) => Promise<R>) => {
      return async (...given: A): Promise<R> => {
        this.#step(what)
        return call(...given)
      }
    }
    return {
      get: watch('get', tx.get.bind(tx)) as StorageTransaction['get'],
      lastKey: watch('lastKey', tx.lastKey.bind(tx)) as StorageTransaction['lastKey'],
      read: watch('read', tx.read.bind(tx)) as StorageTransaction['read'],
      readByIndex: watch('readByIndex', tx.readByIndex.bind(tx)),
      leastInIndex: watch('leastInIndex', tx.leastInIndex.bind(tx)),
      put: watch('put', tx.put.bind(tx)) as StorageTransaction['put'],
      delete: watch('delete', tx.delete.bind(tx)) as StorageTransaction['delete'],
    }
  }
}

function broken(what: string): LarderError {
  return new LarderError('storage-failed', `The disk failed at ${what}`, {})
}
