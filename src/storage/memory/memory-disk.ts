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

  /** Another disk with the same on it, as of a profile that is copied. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk()
    copyRecords(this, copy)
    return copy
  }
}

/** Everything that lies on a disk; records are never changed once they are put. */
export function copyRecords(from: MemoryDisk, to: MemoryDisk): void {
  const copyTable = <T extends TableName>(name: T): void => {
    for (const [key, record] of from.tables[name].records) to.tables[name].put(key, record)
  }
  for (const name of TABLE_NAMES) copyTable(name)
}

const TABLE_NAMES: readonly TableName[] = [
  'meta',
  'confirmed',
  'pending',
  'deadLetters',
  'discarded',
  'quarantine',
  'handlers',
]
