import { LarderError } from '../../errors.ts'
import type { TableName } from '../../store/records.ts'
import type { OpenStorage, StorageBackend, StorageTransaction } from '../../store/storage-backend.ts'
import { MemoryDisk } from './memory-disk.ts'
import { MemoryTransaction } from './memory-transaction.ts'

/** Opens a store that lives as long as `disk` does. Several backends on one disk are several tabs on one database. */
export function openMemoryStorage(disk: MemoryDisk = new MemoryDisk()): StorageBackend {
  return new MemoryBackend(disk)
}

/** For `storage: memory()`: nothing outlives the page. Whoever opens the same name through the same answer shares a place. */
export function memory(): OpenStorage {
  const disks = new Map<string, MemoryDisk>()
  return async (name) => {
    const disk = disks.get(name) ?? new MemoryDisk()
    disks.set(name, disk)
    return openMemoryStorage(disk)
  }
}

class MemoryBackend implements StorageBackend {
  readonly mode = 'memory'
  readonly #disk: MemoryDisk
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(disk: MemoryDisk) {
    this.#disk = disk
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
    } finally {
      this.#running.delete(run)
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.#running)
  }

  async #run<T>(
    mode: 'read' | 'write',
    tables: readonly TableName[],
    work: (tx: StorageTransaction) => Promise<T>,
  ): Promise<T> {
    const leave = await this.#disk.queue.enter(mode, tables)
    const tx = new MemoryTransaction(this.#disk, mode, tables)
    try {
      const result = await work(tx)
      tx.commit()
      return result
    } finally {
      tx.rollback()
      leave()
    }
  }
}
