import { Dexie, type Table } from 'dexie'
import {
  type CheckpointChange,
  type CheckpointHead,
  type CheckpointStorage,
  isSameHead,
  type LoadedCheckpoint,
} from '../../projection/checkpoint-storage.ts'
import { type PackedRow, packRow, rowOf, StateRows, type States, unpackRow } from '../../projection/state-rows.ts'
import { type DerivedDatabaseOptions, openDerivedDatabase } from './derived-database.ts'

/** The states whose keys fall on one row: IndexedDB takes its time for a row, not for what is in it. */
interface StatesRow {
  readonly projection: string
  readonly version: number
  readonly row: number
  readonly states: PackedRow
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
  readonly #rows: Table<StatesRow, [string, number, number]>
  readonly #wanted: Table<WantedRow, [string, number]>

  constructor(dexie: Dexie) {
    this.#dexie = dexie
    this.#heads = this.#dexie.table('checkpoints')
    this.#rows = this.#dexie.table('checkpointRows')
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
      return {
        stored:
          head === undefined
            ? undefined
            : { head, states: new StateRows(rows.map(({ row, states }) => [row, states] as const)) },
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
      await this.#put(projection, version, states)
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

  /** Into their rows, beside what else is there. */
  async #put(projection: string, version: number, states: States): Promise<void> {
    const changed = new Map<number, Map<string, unknown>>()
    for (const [key, state] of states) {
      const row = rowOf(key)
      const there = changed.get(row)
      if (there === undefined) changed.set(row, new Map([[key, state]]))
      else there.set(key, state)
    }
    const numbers = [...changed.keys()]
    const before = await this.#rows.bulkGet(numbers.map((row): [string, number, number] => [projection, version, row]))
    await this.#rows.bulkPut(
      numbers.map((row, index) => ({
        projection,
        version,
        row,
        states: packRow([...new Map([...unpackRow(before[index]?.states ?? []), ...(changed.get(row) ?? [])])]),
      })),
    )
  }

  #rowsOf(projection: string, version: number) {
    return this.#rows
      .where('[projection+version+row]')
      .between([projection, version, Dexie.minKey], [projection, version, Dexie.maxKey])
  }

  async #transaction<T>(mode: 'r' | 'rw', work: () => Promise<T>): Promise<T> {
    return this.#dexie.transaction(mode, [this.#heads, this.#rows, this.#wanted], work)
  }
}
