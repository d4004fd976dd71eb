import type { TableName } from '../../store/records.ts'
import { ConfirmedTable, MemoryTable } from './memory-table.ts'
import { TableQueue } from './table-queue.ts'

/** What is kept: it outlives the backends that open it, as a disk outlives its tabs. */
export class MemoryDisk {
  readonly confirmed = new ConfirmedTable()
  /** Committed state only. */
  readonly tables: { readonly [T in TableName]: MemoryTable<T> } = {
    meta: new MemoryTable(),
    confirmed: this.confirmed,
    pending: new MemoryTable(),
    deadLetters: new MemoryTable(),
    discarded: new MemoryTable(),
    quarantine: new MemoryTable(),
    handlers: new MemoryTable(),
  }
  readonly queue = new TableQueue()
}
