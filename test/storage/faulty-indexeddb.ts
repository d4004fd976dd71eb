import { forceCloseDatabase, IDBFactory, IDBOpenDBRequest, IDBVersionChangeEvent } from 'fake-indexeddb'

/** How an open goes: `'hang'` answers nothing until `release`; `fails` and `throws` name a DOMException. */
export type OpenFault = 'hang' | { readonly fails: string } | { readonly throws: string }

/** An IndexedDB whose `open` can be made to fail, and which remembers what was opened. */
export class FaultyIndexedDB extends IDBFactory {
  readonly opened: IDBDatabase[] = []
  opens = 0
  deletes = 0
  /** One for each of the next opens. */
  faults: OpenFault[] = []
  /** For every open. */
  fault: OpenFault | undefined
  #held: (() => void)[] = []

  override open(name: string, version?: number): IDBOpenDBRequest {
    this.opens++
    const fault = this.fault ?? this.faults.shift()
    if (fault === undefined) return this.#open(name, version)
    if (fault === 'hang') return this.#hang(name, version)
    if ('throws' in fault) throw new DOMException('refused', fault.throws)
    const request = new IDBOpenDBRequest()
    setImmediate(() => {
      Object.assign(request, { error: new DOMException('refused', fault.fails), readyState: 'done' })
      request.dispatchEvent(new IDBVersionChangeEvent('error', { bubbles: true, cancelable: true }))
    })
    return request
  }

  override deleteDatabase(name: string): IDBOpenDBRequest {
    this.deletes++
    return super.deleteDatabase(name)
  }

  /** Closes every connection as the browser does when site data is cleared, or when its storage process dies. */
  forceClose(): void {
    for (const database of this.opened) forceClose(database)
  }

  /** Lets the opens that hang go on. Only for a database that is there already. */
  release(): void {
    for (const go of this.#held.splice(0)) go()
  }

  #open(name: string, version: number | undefined): IDBOpenDBRequest {
    const request = super.open(name, version)
    request.addEventListener('success', () => this.opened.push(request.result))
    return request
  }

  #hang(name: string, version: number | undefined): IDBOpenDBRequest {
    const promised = new IDBOpenDBRequest()
    this.#held.push(() => {
      const request = this.#open(name, version)
      request.addEventListener('success', () => {
        Object.assign(promised, { result: request.result, readyState: 'done' })
        promised.dispatchEvent(new IDBVersionChangeEvent('success'))
      })
    })
    return promised
  }
}

export function forceClose(database: IDBDatabase): void {
  // Its types ask for the class, where it wants an instance.
  const close: (database: never) => void = forceCloseDatabase
  close(database as never)
}

/** Aborts a transaction for a reason that only its `abort` event tells, as a full disk does. */
export function abortFor(transaction: IDBTransaction, errorName: string): void {
  const internal = transaction as IDBTransaction & { _abort(errorName: string): void }
  internal._abort(errorName)
}

/** From now on a record's value cannot be handed over, as in Chromium when the file of a large one is lost. Its keys can. */
export function loseValue(indexedDB: FaultyIndexedDB, table: string, key: IDBValidKey): void {
  const store = indexedDB.opened.at(-1)?.transaction(table).objectStore(table) as unknown as {
    readonly _rawObjectStore: { readonly records: { get(key: IDBValidKey): object } }
  }
  Object.defineProperty(store._rawObjectStore.records.get(key), 'value', {
    get(): never {
      throw new DOMException('Data lost due to missing file', 'NotReadableError')
    },
  })
}
