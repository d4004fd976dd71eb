import { Dexie, type Table } from 'dexie'
import {
  type CheckpointChange,
  type CheckpointHead,
  type CheckpointStorage,
  isSameHead,
  type LoadedCheckpoint,
} from '../../projection/checkpoint-storage.ts'
import { type DerivedDatabaseOptions, openDerivedDatabase } from './derived-database.ts'

interface StateRow {
  readonly projection: string
  readonly version: number
  readonly key: string
  readonly state: unknown
}

interface WantedRow {
  readonly projection: string
  readonly version: number
  readonly build: number
}

/** Checkpoints in the database of what can be folded again. */
export function openDexieCheckpoints(name: string, options: DerivedDatabaseOptions = {}): CheckpointStorage {
  return new DexieCheckpoints(openDerivedDatabase(name, options))
}

class DexieCheckpoints implements CheckpointStorage {
  readonly #dexie: Dexie
  readonly #heads: Table<CheckpointHead, [string, number]>
  readonly #states: Table<StateRow, [string, number, string]>
  readonly #wanted: Table<WantedRow, [string, number]>

  constructor(dexie: Dexie) {
    this.#dexie = dexie
    this.#heads = this.#dexie.table('versionHeads')
    this.#states = this.#dexie.table('versionStates')
    this.#wanted = this.#dexie.table('wanted')
    // At once, while the log is being opened; whoever needs it hears of a failure.
    this.#dexie.open().catch(() => undefined)
  }

  load(projection: string, version: number): Promise<LoadedCheckpoint> {
    return this.#transaction('r', async () => {
      const [heads, rows, wanted] = await Promise.all([
        this.#heads
          .where('[projection+version]')
          .between([projection, Dexie.minKey], [projection, Dexie.maxKey])
          .toArray(),
        this.#rowsOf(projection, version).toArray(),
        this.#wanted.get([projection, version]),
      ])
      const head = heads.find((each) => each.version === version)
      const states = rows.map(({ key, state }): [string, unknown] => [key, state])
      return {
        stored: head === undefined ? undefined : { head, states },
        others: heads.filter((each) => each !== head),
        wanted: wanted?.build ?? 0,
      }
    })
  }

  save({ expected, next, states, replaces }: CheckpointChange): Promise<CheckpointHead | undefined> {
    const { projection, version, build } = next
    return this.#transaction('rw', async () => {
      const stored = await this.#heads.get([projection, version])
      if (!isSameHead(stored, expected)) return stored
      if (replaces) {
        await this.#rowsOf(projection, version).delete()
        const wanted = await this.#wanted.get([projection, version])
        if (wanted !== undefined && wanted.build <= build) await this.#wanted.delete([projection, version])
      }
      await this.#states.bulkPut(states.map(([key, state]) => ({ projection, version, key, state })))
      await this.#heads.put(next)
      return next
    })
  }

  want(projection: string, version: number): Promise<number> {
    return this.#transaction('rw', async () => {
      const [head, wanted] = await Promise.all([
        this.#heads.get([projection, version]),
        this.#wanted.get([projection, version]),
      ])
      const build = Math.max(wanted?.build ?? 0, (head?.build ?? 0) + 1)
      await this.#wanted.put({ projection, version, build })
      return build
    })
  }

  forget(projection: string, version: number): Promise<void> {
    return this.#transaction('rw', async () => {
      await this.#rowsOf(projection, version).delete()
      await Promise.all([this.#heads.delete([projection, version]), this.#wanted.delete([projection, version])])
    })
  }

  close(): void {
    this.#dexie.close()
  }

  #rowsOf(projection: string, version: number) {
    return this.#states
      .where('[projection+version+key]')
      .between([projection, version, Dexie.minKey], [projection, version, Dexie.maxKey])
  }

  async #transaction<T>(mode: 'r' | 'rw', work: () => Promise<T>): Promise<T> {
    return this.#dexie.transaction(mode, [this.#heads, this.#states, this.#wanted], work)
  }
}
