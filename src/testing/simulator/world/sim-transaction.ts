import { LarderError } from '../../../errors.ts'
import { cloneRecord } from '../../../storage/memory/clone-record.ts'
import type { LogTables, StoredSegment, TableKeys, TableName } from '../../../store/records.ts'
import type { KeyRange, SegmentIndex, StorageTransaction } from '../../../store/storage-backend.ts'
import type { Scheduler } from './scheduler.ts'

/** Makes a call take its time, and lets faults strike around it. */
type AroundCall = <R>(what: string, call: () => Promise<R>) => Promise<R>

/**
 * The calls of one transaction: each starts when the one before it is done. One that asks for nothing is none. A transaction whose work is not done, and waits for none of its calls
 * once everything has come to rest, would be over in IndexedDB. Here it is too, so that such a fault shows in every run.
 */
export class SimTransaction implements StorageTransaction {
  readonly #inner: StorageTransaction
  readonly #scheduler: Scheduler
  readonly #around: AroundCall
  #last: Promise<unknown> = Promise.resolve()
  #outstanding = 0
  #isOver = false
  #failure: { readonly error: unknown } | undefined
  #end: ((error: Error) => void) | undefined

  constructor(inner: StorageTransaction, scheduler: Scheduler, around: AroundCall) {
    this.#inner = inner
    this.#scheduler = scheduler
    this.#around = around
  }

  async run<T>(work: (tx: StorageTransaction) => Promise<T>): Promise<T> {
    const endedEarly = new Promise<never>((_, reject) => {
      this.#end = reject
    })
    this.#checkWhenSettled()
    try {
      const result = await Promise.race([work(this), endedEarly])
      // A call that failed dooms the transaction, also when the work goes on after it.
      if (this.#failure !== undefined) throw this.#failure.error
      return result
    } finally {
      this.#isOver = true
    }
  }

  get<T extends TableName>(table: T, key: TableKeys[T]): Promise<LogTables[T] | undefined> {
    return this.#call(`get ${table}`, () => this.#inner.get(table, key))
  }

  lastKey<T extends TableName>(table: T): Promise<TableKeys[T] | undefined> {
    return this.#call(`lastKey ${table}`, () => this.#inner.lastKey(table))
  }

  read<T extends TableName>(table: T, range: KeyRange<TableKeys[T]>): Promise<LogTables[T][]> {
    return this.#call(`read ${table}`, () => this.#inner.read(table, range))
  }

  readByIndex(index: SegmentIndex, value: string, range: KeyRange<number>): Promise<StoredSegment[]> {
    return this.#call(`readByIndex ${index}`, () => this.#inner.readByIndex(index, value, range))
  }

  leastInIndex(index: SegmentIndex, from: string, upTo: string): Promise<string | undefined> {
    return this.#call(`leastInIndex ${index}`, () => this.#inner.leastInIndex(index, from, upTo))
  }

  put<T extends TableName>(table: T, ...records: LogTables[T][]): Promise<void> {
    if (records.length === 0) return Promise.resolve()
    // Records are copied when they are given, as IndexedDB does, not when their turn comes.
    const copies = copyWherePossible(records)
    return this.#call(`put ${table} x${records.length}`, () => this.#inner.put(table, ...copies))
  }

  async delete<T extends TableName>(table: T, ...keys: TableKeys[T][]): Promise<void> {
    if (keys.length > 0) return this.#call(`delete ${table} x${keys.length}`, () => this.#inner.delete(table, ...keys))
  }

  async #call<R>(what: string, call: () => Promise<R>): Promise<R> {
    if (this.#isOver) throw overError()
    this.#outstanding++
    const turn = this.#last.then(() => this.#around(what, call))
    this.#last = turn.catch(() => undefined)
    try {
      return await turn
    } catch (error) {
      this.#failure ??= { error }
      throw error
    } finally {
      this.#outstanding--
      this.#checkWhenSettled()
    }
  }

  #checkWhenSettled(): void {
    if (this.#outstanding > 0) return
    this.#scheduler.afterSettling(() => {
      if (this.#isOver || this.#outstanding > 0) return
      this.#isOver = true
      this.#end?.(overError())
    })
  }
}

/** What has no copy is left to the storage, which refuses it. */
function copyWherePossible<T>(records: T[]): T[] {
  try {
    return cloneRecord(records)
  } catch {
    return records
  }
}

function overError(): LarderError<'internal'> {
  return new LarderError('internal', 'The transaction is over: its work awaited something else than its calls', {})
}
