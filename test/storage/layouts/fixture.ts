import type { LogTables, TableName } from '../../../src/store/records.ts'
import type { Shown } from './shown.ts'

/** The files beside this one, without `.json`; see `make-fixtures.ts`. */
export const FIXTURES: readonly string[] = [
  ...['layout-1-local', 'layout-1-synced', 'layout-2-local', 'layout-2-synced'],
  ...[3, 4].flatMap((layout) =>
    ['later-synced', 'latest-local', 'latest-synced', 'local', 'synced'].map((story) => `layout-${layout}-${story}`),
  ),
  'layout-4-noted-synced',
].sort()

/** A database as a version of the code left it, without that code. */
export interface Fixture {
  readonly layout: number
  readonly schema: {
    readonly version: number
    readonly stores: readonly {
      readonly name: string
      readonly keyPath: string
      readonly indexes: readonly {
        readonly name: string
        readonly keyPath: string
        readonly multiEntry: boolean
        readonly unique: boolean
      }[]
    }[]
  }
  /** SHA-256 of the facts that it held when it was made. */
  readonly digest: string
  readonly counts: {
    readonly events: number
    readonly pending: number
    readonly deadLetters: number
    readonly discarded: number
    /** Since layout 3. */
    readonly handlers?: number
    readonly handlerLetters?: number
  }
  /** What a screen showed of it, where that was written down: since the last of layout 3. */
  readonly shown?: Shown
  readonly records: Partial<Record<TableName, readonly LogTables[TableName][]>>
}

/** Makes the database with plain IndexedDB calls. */
export async function loadFixture(indexedDB: IDBFactory, name: string, { schema, records }: Fixture): Promise<void> {
  const request = indexedDB.open(name, schema.version)
  request.onupgradeneeded = () => {
    for (const { name: table, keyPath, indexes } of schema.stores) {
      const store = request.result.createObjectStore(table, { keyPath })
      for (const index of indexes)
        store.createIndex(index.name, index.keyPath, { multiEntry: index.multiEntry, unique: index.unique })
    }
  }
  const database = await resultOf(request)
  const transaction = database.transaction([...database.objectStoreNames], 'readwrite')
  for (const [table, rows] of Object.entries(records)) for (const row of rows) transaction.objectStore(table).put(row)
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
  database.close()
}

/** Version, tables and records, as they lie there. */
export async function readAll(indexedDB: IDBFactory, name: string): Promise<unknown> {
  const database = await resultOf(indexedDB.open(name))
  const tables = [...database.objectStoreNames]
  const rows = await Promise.all(
    tables.map(async (table) => [table, await resultOf(database.transaction(table).objectStore(table).getAll())]),
  )
  const { version } = database
  database.close()
  return { version, rows }
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
