import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { LarderError } from '@larder/sdk'
import {
  KEY_OF,
  type KeyRange,
  type LogTables,
  type OpenStorage,
  type SegmentIndex,
  type StorageBackend,
  type StorageTransaction,
  type StoredSegment,
  type TableKeys,
  type TableName,
} from '@larder/sdk/inline'

type Tables = { [T in TableName]: LogTables[T][] }

const noTables = (): Tables => ({
  meta: [],
  confirmed: [],
  pending: [],
  deadLetters: [],
  discarded: [],
  quarantine: [],
  handlers: [],
})

/** A log in one file, for a small store of one process: each write transaction writes all of it anew. */
export function fileStorage(folder: string): OpenStorage {
  const files = new Map<string, LogFile>()
  return async (name) => {
    await mkdir(folder, { recursive: true })
    const file = files.get(name) ?? new LogFile(join(folder, `${encodeURIComponent(name)}.log`))
    files.set(name, file)
    return new FileBackend(file)
  }
}

/** Everybody in this process who opened the same name shares one, so that transactions run one after another. */
class LogFile {
  readonly #path: string
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.#path = path
  }

  alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => undefined)
    return result
  }

  async read(): Promise<Tables> {
    try {
      // A file of an older version lacks the tables that came since.
      return { ...noTables(), ...deserialize(await readFile(this.#path)) }
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return noTables()
      throw failed(cause)
    }
  }

  /** All or nothing: the new file takes the place of the old one when it is on disk. */
  async write(tables: Tables): Promise<void> {
    try {
      const file = await open(`${this.#path}.new`, 'w')
      await file.writeFile(serialize(tables))
      await file.sync()
      await file.close()
      await rename(`${this.#path}.new`, this.#path)
      // On POSIX a rename is on disk when its folder is.
      const folder = await open(join(this.#path, '..'))
      await folder.sync()
      await folder.close()
    } catch (cause) {
      throw failed(cause)
    }
  }
}

class FileBackend implements StorageBackend {
  readonly mode = 'custom'
  readonly #file: LogFile
  #closed = false

  constructor(file: LogFile) {
    this.#file = file
  }

  async transact<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    if (this.#closed) throw new LarderError('closed', 'This store is closed; open it again', {})
    return this.#file.alone(async () => {
      const tx = new FileTransaction(await this.#file.read(), mode, tables)
      const result = await work(tx)
      // A call that failed dooms the transaction, even where `work` went on after it.
      if (tx.failure !== undefined) throw tx.failure
      if (mode === 'write') await this.#file.write(tx.records)
      return result
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#file.alone(async () => undefined)
  }
}

class FileTransaction implements StorageTransaction {
  readonly records: Tables
  failure: LarderError | undefined
  readonly #mode: 'read' | 'write'
  readonly #tables: readonly TableName[]

  /** @param records a copy of its own: what is changed in it is seen by nobody before it is written */
  constructor(records: Tables, mode: 'read' | 'write', tables: readonly TableName[]) {
    this.records = records
    this.#mode = mode
    this.#tables = tables
  }

  get<T extends TableName>(table: T, key: TableKeys[T]): Promise<LogTables[T] | undefined> {
    return this.#attempt(table, 'read', () => this.records[table].find((record) => KEY_OF[table](record) === key))
  }

  lastKey<T extends TableName>(table: T): Promise<TableKeys[T] | undefined> {
    return this.#attempt(table, 'read', () => this.records[table].map(KEY_OF[table]).at(-1))
  }

  read<T extends TableName>(table: T, range: KeyRange<TableKeys[T]>): Promise<LogTables[T][]> {
    return this.#attempt(table, 'read', () => inRange(this.records[table], KEY_OF[table], range))
  }

  readByIndex(index: SegmentIndex, value: string, range: KeyRange<number>): Promise<StoredSegment[]> {
    return this.#attempt('confirmed', 'read', () => {
      const found = this.records.confirmed.filter((segment) => valuesOf(index, segment).includes(value))
      return inRange(found, KEY_OF.confirmed, range)
    })
  }

  leastInIndex(index: SegmentIndex, from: string, upTo: string): Promise<string | undefined> {
    return this.#attempt('confirmed', 'read', () => {
      const values = this.records.confirmed.flatMap((segment) => valuesOf(index, segment))
      return values.filter((value) => value >= from && value <= upTo).sort()[0]
    })
  }

  put<T extends TableName>(table: T, ...records: LogTables[T][]): Promise<void> {
    return this.#attempt(table, 'write', () => {
      const keyOf = KEY_OF[table]
      const keys = new Set(records.map(keyOf))
      const kept: LogTables[T][] = this.records[table].filter((record) => !keys.has(keyOf(record)))
      const sorted = [...kept, ...structuredClone(records)].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      this.records[table].splice(0, Number.POSITIVE_INFINITY, ...sorted)
    })
  }

  delete<T extends TableName>(table: T, ...keys: TableKeys[T][]): Promise<void> {
    return this.#attempt(table, 'write', () => {
      const kept = this.records[table].filter((record) => !keys.includes(KEY_OF[table](record)))
      this.records[table].splice(0, Number.POSITIVE_INFINITY, ...kept)
    })
  }

  async #attempt<R>(table: TableName, mode: 'read' | 'write', call: () => R): Promise<R> {
    try {
      if (!this.#tables.includes(table)) throw new Error(`The transaction does not include the table ${table}`)
      if (mode === 'write' && this.#mode === 'read') throw new Error('The transaction only reads')
      const answer = call()
      return mode === 'read' ? structuredClone(answer) : answer
    } catch (cause) {
      this.failure ??= failed(cause)
      throw this.failure
    }
  }
}

function valuesOf(index: SegmentIndex, { events, commits }: StoredSegment): readonly string[] {
  return index === 'commitIds' ? commits.ids : events[index]
}

/** @param records in key order */
function inRange<R, K extends string | number>(
  records: readonly R[],
  keyOf: (record: R) => K,
  { after, upTo, limit, direction }: KeyRange<K>,
): R[] {
  const found = records.filter((record) => {
    const key = keyOf(record)
    return (after === undefined || key > after) && (upTo === undefined || key <= upTo)
  })
  return (direction === 'backward' ? found.reverse() : found).slice(0, limit)
}

function failed(cause: unknown): LarderError {
  return new LarderError('storage-failed', 'The file of the log cannot be used; see the cause', { cause })
}
