import { LarderError } from '../../errors.ts'
import type { Clock } from '../../platform/ports.ts'
import type { TableName } from '../../store/records.ts'
import { storedUnknown } from '../../store/silence.ts'
import type { StorageBackend, StorageTransaction } from '../../store/storage-backend.ts'
import { within } from '../../store/within.ts'
import { Connection } from './connection.ts'
import { DexieTransaction } from './dexie-transaction.ts'
import type { DatabaseMaker } from './make-databases.ts'
import {
  errorName,
  isConnectionLost,
  type StorageEstimate,
  storageUnavailable,
  toStorageError,
} from './storage-errors.ts'

export interface IndexedDbOptions {
  /** Asked for where the database has to be made or upgraded. */
  readonly maker: () => Promise<DatabaseMaker>
  readonly clock: Clock
  /** How long opening may take, in ms, each of the two times it is tried. Default 10,000. */
  readonly openTimeoutMs?: number
  /** For the details of `storage-full`. Default: nobody is asked. A failure, or more than a second, counts as unknown. */
  readonly estimate?: () => Promise<StorageEstimate>
  /** Waited for whenever a connection was opened, before anything is written: see `renewEarly`, for Chromium. Default: nothing is. */
  readonly renewLog?: (() => Promise<unknown>) | undefined
  /** Default: the global one. */
  readonly indexedDB?: IDBFactory
  readonly IDBKeyRange?: typeof IDBKeyRange
}

/** How often a lost connection is opened again for one transaction. */
const MAX_REOPENS = 3
const ESTIMATE_TIMEOUT_MS = 1000

/**
 * Opens the IndexedDB database of this name, and makes it where there is none. It never deletes one.
 *
 * A connection that was lost is opened again for the next transaction. One that is lost in the middle of a transaction runs `work` again from
 * the start, once, as long as `work` had not ended: then nothing was committed for sure.
 *
 * @throws LarderError `storage-unavailable`, `storage-timeout`, `storage-full`, `schema-too-new`
 */
export async function openIndexedDb(name: string, options: IndexedDbOptions): Promise<StorageBackend> {
  const backend = new DexieBackend(name, options)
  await backend.open()
  return backend
}

class DexieBackend implements StorageBackend {
  readonly mode = 'indexeddb'
  readonly #name: string
  readonly #connection: Connection
  readonly #options: IndexedDbOptions
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(name: string, options: IndexedDbOptions) {
    this.#name = name
    this.#options = options
    this.#connection = new Connection(name, {
      clock: options.clock,
      maker: options.maker,
      openTimeoutMs: options.openTimeoutMs ?? 10_000,
      renewLog: options.renewLog,
      indexedDB: () => options.indexedDB ?? globalThis.indexedDB,
      ranges: () => this.#ranges,
    })
  }

  get #ranges(): typeof IDBKeyRange {
    return this.#options.IDBKeyRange ?? globalThis.IDBKeyRange
  }

  async open(): Promise<void> {
    try {
      await this.#connection.get()
    } catch (error) {
      throw await this.#explain(error)
    }
  }

  async transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw new LarderError('closed', 'This store is closed; open it again.', {})
    const run = this.#run(mode, tables, work)
    this.#running.add(run)
    try {
      return await run
    } catch (error) {
      throw await this.#explain(error)
    } finally {
      this.#running.delete(run)
    }
  }

  reconnect(): void {
    this.#connection.close()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
    this.#connection.close()
  }

  /** Also of what is derived from it. Other tabs give way; one that does not is waited for by the browser, and not by us. */
  async remove(): Promise<void> {
    for (const name of [this.#name, `${this.#name}/derived`]) await this.#removeDatabase(name)
  }

  #removeDatabase(name: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const factory = this.#options.indexedDB ?? globalThis.indexedDB
      const request = factory.deleteDatabase(name)
      request.onsuccess = () => resolve()
      request.onblocked = () => resolve()
      request.onerror = () => reject(toStorageError(request.error))
    })
  }

  async #run<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#runOnce(mode, tables, work)
    } catch (error) {
      if (!(error instanceof LostBeforeCommit)) throw error
    }
    try {
      return await this.#runOnce(mode, tables, work)
    } catch (error) {
      throw error instanceof LostBeforeCommit ? storageUnavailable(error.cause) : error
    }
  }

  async #runOnce<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    const native = await this.#begin(mode, tables)
    const completed = ending(native)
    const tx = new DexieTransaction(native, this.#ranges)
    let result: T
    try {
      result = await work(tx)
      if (tx.failure !== undefined) throw tx.failure.error
    } catch (error) {
      abort(native)
      const end = await completed
      if (!tx.hasMade(error)) throw error
      if (end === 'complete') throw endedEarly(error)
      // The transaction's reason says more than that of a call, which may only know that it was cut short.
      throw this.#failed(native, end.cause ?? tx.failure?.cause)
    }
    if (mode === 'read') return result
    commit(native)
    const end = await completed
    if (end === 'complete') return result
    // No reason: it was aborted from outside, as when its connection is closed by force.
    if (end.cause !== null && !isConnectionLost(end.cause)) throw toStorageError(end.cause)
    this.#connection.drop(native.db)
    throw storedUnknown(end.cause)
  }

  async #begin(mode: 'read' | 'write', tables: readonly TableName[]): Promise<IDBTransaction> {
    for (let reopens = 0; ; reopens++) {
      const database = await this.#connection.get()
      try {
        // Chromium's default for writes is relaxed: they would be in the hands of the operating system, not on the disk. Never an option.
        return mode === 'read'
          ? database.transaction([...tables], 'readonly')
          : database.transaction([...tables], 'readwrite', { durability: 'strict' })
      } catch (cause) {
        if (!isConnectionLost(cause)) throw toStorageError(cause)
        this.#connection.drop(database)
        if (reopens === MAX_REOPENS) throw storageUnavailable(cause)
      }
    }
  }

  #failed(native: IDBTransaction, cause: unknown): Error {
    if (!isConnectionLost(cause)) return toStorageError(cause)
    this.#connection.drop(native.db)
    return new LostBeforeCommit(cause)
  }

  /** Says how full the storage is, where that is the trouble. */
  async #explain(error: unknown): Promise<unknown> {
    const { estimate, clock } = this.#options
    if (!(error instanceof LarderError) || error.code !== 'storage-full' || estimate === undefined) return error
    try {
      return toStorageError(error.cause, await within(clock, ESTIMATE_TIMEOUT_MS, estimate()))
    } catch {
      return error
    }
  }
}

/** The connection went before the transaction could commit: nothing of it is stored, and it may run again. */
class LostBeforeCommit extends Error {
  constructor(cause: unknown) {
    super('The connection was lost', { cause })
  }
}

/** How a transaction ended. Some failures, such as a full disk, are told by this alone. */
type End = 'complete' | { readonly cause: unknown }

function ending(native: IDBTransaction): Promise<End> {
  return new Promise((resolve) => {
    native.oncomplete = () => resolve('complete')
    native.onabort = () => resolve({ cause: native.error })
  })
}

/** IndexedDB commits a transaction as soon as it is idle, so this is a fault in the code that called. */
function endedEarly(cause: unknown): LarderError<'internal'> {
  return new LarderError(
    'internal',
    'A transaction was over before its work was: it awaited something else. Please report this.',
    {
      cause,
    },
  )
}

function abort(native: IDBTransaction): void {
  try {
    native.abort()
  } catch {
    // It is over already.
  }
}

/** Commits now, which saves IndexedDB from asking whether there is more to come. */
function commit(native: IDBTransaction): void {
  try {
    native.commit?.()
  } catch (cause) {
    if (errorName(cause) !== 'InvalidStateError') throw cause
    // It is over already, and `ending` says how.
  }
}
