import type { DatabaseMaker, Factories, Making } from './make-databases.ts'
import { openAsItIs } from './open-as-it-is.ts'
import { isConnectionLost } from './storage-errors.ts'

export interface DerivedDatabaseOptions {
  /** Asked for where there is no database of this version yet. */
  readonly maker: () => Promise<DatabaseMaker>
  /** Nothing is made or upgraded before this: what belongs to a log that may not be opened is left as it is. Default: at once. */
  readonly mayMake?: Promise<void>
  /** Default: the global one. */
  readonly indexedDB?: IDBFactory
  readonly IDBKeyRange?: typeof IDBKeyRange
}

/** How often a lost connection is opened again for one transaction. */
const MAX_REOPENS = 3

/** Of the last version in {@link DatabaseMaker}, in IndexedDB's numbers. */
const NATIVE_VERSION = 50

/**
 * The database of what can be folded again, beside the log's: relaxed durability, and a failure here must never be one of the log. Whoever uses a part
 * of it opens a connection of its own: when it is first asked for something, and again when it was lost.
 */
export class DerivedDatabase {
  readonly #name: string
  readonly #options: DerivedDatabaseOptions
  #connection: Promise<Making> | undefined
  #isClosed = false

  constructor(name: string, options: DerivedDatabaseOptions) {
    this.#name = `${name}/derived`
    this.#options = options
  }

  get ranges(): typeof IDBKeyRange {
    return this.#options.IDBKeyRange ?? globalThis.IDBKeyRange
  }

  /** Begins to open it; whoever asks for something hears of a failure. */
  open(): void {
    this.#connect().catch(() => undefined)
  }

  /** Resolves when all of it is stored. */
  async transact<T>(
    mode: 'readonly' | 'readwrite',
    tables: readonly string[],
    work: (tx: IDBTransaction) => Promise<T>,
  ): Promise<T> {
    const native = await this.#begin(mode, tables)
    const ended = endOf(native)
    try {
      const result = await work(native)
      await ended
      return result
    } catch (error) {
      ended.catch(() => undefined)
      abort(native)
      throw error
    }
  }

  close(): void {
    this.#isClosed = true
    const connection = this.#connection
    this.#connection = undefined
    connection?.then((making) => making.close()).catch(() => undefined)
  }

  /** A connection may be lost without a word. */
  async #begin(mode: 'readonly' | 'readwrite', tables: readonly string[]): Promise<IDBTransaction> {
    for (let reopens = 0; ; reopens++) {
      const connection = this.#connect()
      const making = await connection
      const database = await making.opened
      try {
        return database.transaction([...tables], mode, { durability: 'relaxed' })
      } catch (error) {
        if (!isConnectionLost(error) || reopens === MAX_REOPENS) throw error
        this.#drop(connection)
        making.close()
      }
    }
  }

  #drop(connection: Promise<Making>): void {
    if (this.#connection === connection) this.#connection = undefined
  }

  #connect(): Promise<Making> {
    if (this.#isClosed) return Promise.reject(closed())
    if (this.#connection !== undefined) return this.#connection
    const connection = this.#open()
    const drop = (): void => this.#drop(connection)
    this.#connection = connection
    connection
      .then(async (making) => {
        const database = await making.opened
        const giveWay = (): void => {
          drop()
          making.close()
        }
        // Another tab upgrades it, or deletes it with the log; and the browser may close it by force.
        database.addEventListener('versionchange', giveWay)
        database.addEventListener('close', giveWay)
      })
      .catch(drop)
    return connection
  }

  async #open(): Promise<Making> {
    const factories: Factories = {
      indexedDB: this.#options.indexedDB ?? globalThis.indexedDB,
      IDBKeyRange: this.ranges,
    }
    const found = await openAsItIs(factories.indexedDB, this.#name, NATIVE_VERSION).catch(unlessNewer)
    if (found !== undefined) {
      if (this.#isClosed) found.close()
      return { opened: Promise.resolve(found), close: () => found.close() }
    }
    await this.#options.mayMake
    if (this.#isClosed) throw closed()
    const maker = await this.#options.maker()
    if (this.#isClosed) throw closed()
    const making = maker.derived(this.#name, factories)
    await making.opened
    return making
  }
}

/** What a later version has left is opened all the same: it keeps our tables, or gives theirs other names. */
function unlessNewer(error: unknown): undefined {
  if (!(error instanceof DOMException && error.name === 'VersionError')) throw error
}

function closed(): Error {
  return new Error('The database is closed')
}

function endOf(native: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    native.oncomplete = () => resolve()
    native.onabort = () => reject(native.error ?? new DOMException('The transaction was aborted', 'AbortError'))
  })
}

function abort(native: IDBTransaction): void {
  try {
    native.abort()
  } catch {
    // It is over already.
  }
}
