import { Dexie, type Table } from 'dexie'
import {
  type CheckpointChange,
  type CheckpointHead,
  type CheckpointStorage,
  isSameHead,
  type StoredCheckpoint,
} from '../../projection/checkpoint-storage.ts'

interface StateRow {
  readonly projection: string
  readonly key: string
  readonly state: unknown
}

export interface DexieCheckpointsOptions {
  /** Default: the global one. */
  readonly indexedDB?: IDBFactory
  readonly IDBKeyRange?: typeof IDBKeyRange
}

/**
 * Checkpoints in a database of their own, beside the log's: relaxed durability, because all of it can be folded again, and a failure here
 * must never be one of the log.
 */
export function openDexieCheckpoints(name: string, options: DexieCheckpointsOptions = {}): CheckpointStorage {
  return new DexieCheckpoints(`${name}/derived`, options)
}

class DexieCheckpoints implements CheckpointStorage {
  readonly #dexie: Dexie
  readonly #heads: Table<CheckpointHead, string>
  readonly #states: Table<StateRow, [string, string]>

  constructor(name: string, options: DexieCheckpointsOptions) {
    this.#dexie = new Dexie(name, { ...options, cache: 'disabled', chromeTransactionDurability: 'relaxed' })
    this.#dexie.version(1).stores({ heads: 'projection', states: '[projection+key]' })
    this.#heads = this.#dexie.table('heads')
    this.#states = this.#dexie.table('states')
  }

  load(projection: string): Promise<StoredCheckpoint | undefined> {
    return this.#transaction('r', async () => {
      const head = await this.#heads.get(projection)
      if (head === undefined) return undefined
      const rows = await this.#rowsOf(projection).toArray()
      return { head, states: rows.map(({ key, state }): [string, unknown] => [key, state]) }
    })
  }

  save({ expected, next, states, replaces }: CheckpointChange): Promise<CheckpointHead | undefined> {
    const { projection } = next
    return this.#transaction('rw', async () => {
      const stored = await this.#heads.get(projection)
      if (!isSameHead(stored, expected)) return stored
      if (replaces) await this.#rowsOf(projection).delete()
      await this.#states.bulkPut(states.map(([key, state]) => ({ projection, key, state })))
      await this.#heads.put(next)
      return next
    })
  }

  close(): void {
    this.#dexie.close()
  }

  #rowsOf(projection: string) {
    return this.#states.where('[projection+key]').between([projection, Dexie.minKey], [projection, Dexie.maxKey])
  }

  async #transaction<T>(mode: 'r' | 'rw', work: () => Promise<T>): Promise<T> {
    return this.#dexie.transaction(mode, [this.#heads, this.#states], work)
  }
}
