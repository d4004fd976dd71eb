import { isLarderError } from '../../errors.ts'
import type { Clock } from '../../platform/ports.ts'
import { notAnswered } from '../../store/silence.ts'
import { within } from '../../store/within.ts'
import { GuardedFactory } from './guarded-factory.ts'
import { loadMaker } from './load-maker.ts'
import type { DatabaseMaker, Making } from './make-databases.ts'
import { openAsItIs } from './open-as-it-is.ts'
import { NATIVE_VERSION, SCHEMA_VERSION, TABLES } from './schema.ts'
import { errorName, schemaTooNew, storageUnavailable, toStorageError } from './storage-errors.ts'

export interface ConnectionOptions {
  /** Asked for where the database has to be made or upgraded. */
  readonly maker: () => Promise<DatabaseMaker>
  readonly clock: Clock
  readonly indexedDB: () => IDBFactory | undefined
  readonly ranges: () => typeof IDBKeyRange
  readonly openTimeoutMs: number
  /** Puts the log aside that a kill left behind, before anything is written. */
  readonly renewLog: (() => Promise<unknown>) | undefined
}

/**
 * The connection to one database: opened when it is first asked for, and again when it was lost. It gives way when another tab wants to
 * upgrade or delete the database, because that tab waits until everyone has closed.
 */
export class Connection {
  readonly #name: string
  readonly #options: ConnectionOptions
  #opening: Promise<IDBDatabase> | undefined
  #current: OpenDatabase | undefined

  constructor(name: string, options: ConnectionOptions) {
    this.#name = name
    this.#options = options
  }

  /** @throws LarderError `storage-unavailable`, `storage-timeout`, `storage-full`, `schema-too-new`; the next call tries again */
  get(): Promise<IDBDatabase> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Closes it, if it is (still) the one in use; what runs on it finishes. The next `get` opens another. */
  drop(database: IDBDatabase): void {
    if (this.#current?.database !== database) return
    this.#current.close()
    this.#current = undefined
    this.#opening = undefined
  }

  close(): void {
    if (this.#current !== undefined) this.drop(this.#current.database)
  }

  async #open(): Promise<IDBDatabase> {
    // A second try, because an open that hangs, or fails for a reason unknown to the browser, is often cured by asking again.
    const opened = (await this.#tryToOpen().catch(unlessKnown)) ?? (await this.#tryToOpen())
    if (opened === undefined) throw notAnswered(2 * this.#options.openTimeoutMs)
    const { database } = opened
    database.addEventListener('versionchange', () => this.drop(database))
    // Fired only where the connection was closed by force.
    database.addEventListener('close', () => this.drop(database))
    this.#current = opened
    // Each time, because a storage process that crashed is a kill too.
    await this.#options.renewLog?.()
    return database
  }

  /** Undefined when IndexedDB took too long. */
  async #tryToOpen(): Promise<OpenDatabase | undefined> {
    const found = await this.#inTime((guarded) => openAsItIs(guarded, this.#name, NATIVE_VERSION))
    if (found === undefined) return undefined
    const { value: asItIs } = found
    if (asItIs !== undefined) return { database: ours(asItIs), close: () => asItIs.close() }
    const maker = await loadMaker(this.#options)
    let making: Making | undefined
    const made = await this.#inTime((guarded) => {
      const factories = { indexedDB: guarded, IDBKeyRange: this.#options.ranges() }
      making = maker.log(this.#name, factories, { version: SCHEMA_VERSION, tables: TABLES })
      return making.opened
    })
    if (made !== undefined) return { database: made.value, close: () => making?.close() }
    making?.close()
    return undefined
  }

  /** Undefined when it took too long; what arrives then is closed. */
  async #inTime<T>(open: (guarded: GuardedFactory) => Promise<T>): Promise<{ readonly value: T } | undefined> {
    const { clock, openTimeoutMs } = this.#options
    const factory = this.#factory()
    const guarded = new GuardedFactory(factory)
    try {
      const opening = open(guarded).then((value) => ({ value }))
      const opened = await within(clock, openTimeoutMs, opening)
      if (opened === undefined) guarded.abandon()
      return opened
    } catch (error) {
      const cause = guarded.refusal ?? error
      if (errorName(cause) === 'VersionError') throw schemaTooNew(await storedVersion(factory, this.#name), cause)
      throw toStorageError(cause)
    }
  }

  #factory(): IDBFactory {
    try {
      const factory = this.#options.indexedDB()
      if (factory !== undefined && factory !== null) return factory
    } catch (cause) {
      throw storageUnavailable(cause)
    }
    throw storageUnavailable(new Error('This environment has no IndexedDB'))
  }
}

interface OpenDatabase {
  readonly database: IDBDatabase
  readonly close: () => void
}

/** One that lacks a table is not. */
function ours(database: IDBDatabase): IDBDatabase {
  if (Object.keys(TABLES).every((table) => database.objectStoreNames.contains(table))) return database
  database.close()
  throw toStorageError(new DOMException('The stored schema is not ours', 'DataError'))
}

function unlessKnown(error: unknown): undefined {
  if (!isLarderError(error) || errorName(error.cause) !== 'UnknownError') throw error
}

/** Which schema a database has that is newer than ours; the next one, where the browser does not say. */
async function storedVersion(factory: IDBFactory, name: string): Promise<number> {
  try {
    const found = (await factory.databases()).find((each) => each.name === name)
    if (found?.version !== undefined) return Math.floor(found.version / 10)
  } catch {
    // Older browsers cannot list databases.
  }
  return SCHEMA_VERSION + 1
}
