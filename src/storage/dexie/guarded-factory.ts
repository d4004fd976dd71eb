import { FIRST_TABLES, NATIVE_VERSION } from './schema.ts'

/**
 * The IndexedDB that a log is looked for in, and that Dexie is given. It opens our version and nothing else: on a newer database Dexie would go on with what it finds, and
 * would add to it what it misses. It upgrades only what is ours, and deletes nothing. And a connection that arrives after `abandon` is closed, so that it blocks nobody.
 */
export class GuardedFactory implements IDBFactory {
  readonly #factory: IDBFactory
  #abandoned = false
  #refusal: unknown

  constructor(factory: IDBFactory) {
    this.#factory = factory
  }

  /** Why it refused to open; Dexie's own error says less. */
  get refusal(): unknown {
    return this.#refusal
  }

  abandon(): void {
    this.#abandoned = true
  }

  open(name: string, version?: number): IDBOpenDBRequest {
    if (version !== NATIVE_VERSION)
      throw this.#refusal ?? new DOMException('The stored schema is not ours', 'DataError')
    const request = this.#factory.open(name, version)
    request.addEventListener('upgradeneeded', (event) => {
      if (event.oldVersion === 0 || FIRST_TABLES.every((table) => request.result.objectStoreNames.contains(table)))
        return
      // Somebody else's: Dexie must not add its tables to it.
      this.#refusal = new DOMException('The stored schema is not ours', 'DataError')
      event.stopImmediatePropagation()
      request.transaction?.abort()
    })
    request.addEventListener('error', () => {
      // Kept, because Dexie answers a VersionError by asking for whatever version there is.
      this.#refusal ??= request.error
      // Dexie answers an UnknownError with three more tries, and a line on the console for each: how often it is tried is the connection's to say.
      if (request.error?.name === 'UnknownError')
        Object.defineProperty(request, 'error', { value: new DOMException(request.error.message, 'OperationError') })
    })
    request.addEventListener('success', () => {
      if (this.#abandoned) request.result.close()
    })
    return request
  }

  databases(): Promise<IDBDatabaseInfo[]> {
    return this.#factory.databases()
  }

  cmp(first: unknown, second: unknown): number {
    return this.#factory.cmp(first, second)
  }

  deleteDatabase(): never {
    throw new DOMException('Larder never deletes a database by itself', 'NotAllowedError')
  }
}
