import { Dexie, type Table } from 'dexie'
import {
  type CheckpointChange,
  type CheckpointHead,
  type CheckpointStorage,
  type FirstLook,
  isSameHead,
  type LoadedCheckpoint,
} from '../../projection/checkpoint-storage.ts'
import {
  inRows,
  isWhole,
  type PackedRow,
  type PackedRows,
  packRow,
  packRows,
  StateRows,
  type States,
  unpackRow,
} from '../../projection/state-rows.ts'
import { Checksum } from '../../store/checksum.ts'
import { type DerivedDatabaseOptions, openDerivedDatabase } from './derived-database.ts'

/** The states whose keys fall on one row, as far as they have changed since all were packed. */
interface ChangedRow {
  readonly projection: string
  readonly version: number
  readonly row: number
  readonly states: PackedRow
  /** Of states that are a text. */
  readonly checksum: number | undefined
}

/** All states as they were once, before the rows of those that have changed. */
interface BaseRow extends Omit<ChangedRow, 'states' | 'checksum'> {
  readonly row: typeof BASE
  readonly states: PackedRows
}

const BASE = -1

/** Of changed rows; when there are more, all states are packed. IndexedDB takes its time for a row, and less for what is in it. */
const CHANGED = 24

interface WantedRow {
  readonly projection: string
  readonly version: number
  readonly build: number
}

interface FirstRow {
  readonly id: typeof FIRST
  readonly projection: string
}

const FIRST = 'looked-at'

/** Checkpoints in the database of what can be folded again. */
export function openDexieCheckpoints(
  name: string,
  options: DerivedDatabaseOptions = {},
): CheckpointStorage & FirstLook {
  return new DexieCheckpoints(openDerivedDatabase(name, options))
}

class DexieCheckpoints implements CheckpointStorage, FirstLook {
  readonly #dexie: Dexie
  readonly #heads: Table<CheckpointHead, [string, number]>
  readonly #rows: Table<ChangedRow | BaseRow, [string, number, number]>
  readonly #wanted: Table<WantedRow, [string, number]>
  readonly #firsts: Table<FirstRow, string>

  constructor(dexie: Dexie) {
    this.#dexie = dexie
    this.#heads = this.#dexie.table('checkpointHeads')
    this.#rows = this.#dexie.table('checkpointStates')
    this.#wanted = this.#dexie.table('wanted')
    this.#firsts = this.#dexie.table('firsts')
    // At once, while the log is being opened; whoever needs it hears of a failure.
    this.#dexie.open().catch(() => undefined)
  }

  async load(projection: string, version: number): Promise<LoadedCheckpoint> {
    const { rows, head, others, wanted } = await this.#transaction('r', async () => {
      const [heads, rows, wanted] = await Promise.all([
        this.#heads
          .where('[projection+version]')
          .between([projection, Dexie.minKey], [projection, Dexie.maxKey])
          .toArray(),
        this.#rowsOf(projection, version).toArray(),
        this.#wanted.get([projection, version]),
      ])
      const head = heads.find((each) => each.version === version)
      return { rows, head, others: heads.filter((each) => each !== head), wanted: wanted?.build ?? 0 }
    })
    // Nobody may go on with it.
    if (!rows.every(isSound)) await this.forget(projection, version)
    else if (head !== undefined) return { stored: { head, states: statesOf(rows) }, others, wanted }
    return { stored: undefined, others, wanted }
  }

  save({ expected, next, states, replaces }: CheckpointChange): Promise<CheckpointHead | undefined> {
    const { projection, version, build } = next
    return this.#transaction('rw', async () => {
      const stored = await this.#heads.get([projection, version])
      if (!isSameHead(stored, expected)) return stored
      if (replaces) {
        const wanted = await this.#wanted.get([projection, version])
        if (wanted !== undefined && wanted.build <= build) await this.#wanted.delete([projection, version])
      }
      if (replaces) await this.#putAll(projection, version, states)
      else await this.#put(projection, version, states)
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

  async first(): Promise<string | undefined> {
    return (await this.#firsts.get(FIRST))?.projection
  }

  async noteFirst(projection: string): Promise<void> {
    await this.#firsts.put({ id: FIRST, projection })
  }

  close(): void {
    this.#dexie.close()
  }

  /** Into their rows, beside what else has changed. */
  async #put(projection: string, version: number, states: States): Promise<void> {
    const changed = [...inRows(states)]
    const before = await this.#rows.bulkGet(
      changed.map(([row]): [string, number, number] => [projection, version, row]),
    )
    assertSound(before)
    await this.#rows.bulkPut(
      changed.map(([row, now], index) => {
        const then = before[index]
        const states = then === undefined || isBase(then) ? now : [...new Map([...unpackRow(then.states), ...now])]
        const packed = packRow(states)
        return { projection, version, row, states: packed, checksum: checksumOf(packed) }
      }),
    )
    if ((await this.#rowsOf(projection, version).count()) <= CHANGED + 1) return
    const rows = await this.#rowsOf(projection, version).toArray()
    assertSound(rows)
    await this.#putAll(projection, version, statesOf(rows))
  }

  /** In the place of whatever is there. */
  async #putAll(projection: string, version: number, states: Iterable<States[number]>): Promise<void> {
    const packed = packRows(states)
    await this.#rowsOf(projection, version).delete()
    await this.#rows.put({ projection, version, row: BASE, states: packed })
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

function statesOf(rows: readonly (ChangedRow | BaseRow)[]): StateRows {
  const changed = rows.flatMap((each) => (isBase(each) ? [] : [[each.row, each.states] as const]))
  return new StateRows(rows.find(isBase)?.states, changed)
}

function isSound(row: ChangedRow | BaseRow): boolean {
  return isBase(row) ? isWhole(row.states) : row.checksum === checksumOf(row.states)
}

/** What is damaged would get a new checksum. With the error nothing is saved, and the next who loads it finds that it is. */
function assertSound(rows: readonly (ChangedRow | BaseRow | undefined)[]): void {
  if (!rows.every((row) => row === undefined || isSound(row))) throw new Error('The checkpoint is damaged')
}

function checksumOf(states: PackedRow): number | undefined {
  return typeof states === 'string' ? new Checksum().text(states).value : undefined
}

function isBase(row: ChangedRow | BaseRow): row is BaseRow {
  return row.row === BASE
}
