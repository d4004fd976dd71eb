import {
  type CheckpointChange,
  type CheckpointFacts,
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
import { DerivedDatabase, type DerivedDatabaseOptions } from './derived-database.ts'
import { answerOf } from './requests.ts'

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

const TABLES = { heads: 'checkpointHeads', rows: 'checkpointStates', wanted: 'wanted', firsts: 'firsts' } as const

/** Checkpoints in the database of what can be folded again. */
export function openCheckpoints(name: string, options: DerivedDatabaseOptions): CheckpointStorage & FirstLook {
  return new Checkpoints(new DerivedDatabase(name, options))
}

class Checkpoints implements CheckpointStorage, FirstLook {
  readonly #database: DerivedDatabase

  constructor(database: DerivedDatabase) {
    this.#database = database
    // At once, while the log is being opened.
    database.open()
  }

  async load(projection: string, version: number, onHead?: (head: CheckpointHead) => void): Promise<LoadedCheckpoint> {
    const { rows, head, others, wanted } = await this.#transact('readonly', async (tx) => {
      const [facts, rows] = await Promise.all([factsOf(tx, projection, version), tx.rowsOf(projection, version)])
      // Here: what it has others ask for is answered while the rows are checked.
      if (facts.head !== undefined) onHead?.(facts.head)
      return { rows, ...facts }
    })
    // Nobody may go on with it.
    if (!rows.every(isSound)) await this.forget(projection, version)
    else if (head !== undefined) return { stored: { head, states: statesOf(rows) }, others, wanted }
    return { stored: undefined, others, wanted }
  }

  facts(projection: string, version: number): Promise<CheckpointFacts> {
    return this.#transact('readonly', (tx) => factsOf(tx, projection, version))
  }

  save({ expected, next, states, replaces }: CheckpointChange): Promise<CheckpointHead | undefined> {
    const { projection, version, build } = next
    return this.#transact('readwrite', async (tx) => {
      const stored = await tx.head(projection, version)
      if (!isSameHead(stored, expected)) return stored
      if (replaces) {
        const wanted = await tx.wanted(projection, version)
        if (wanted !== undefined && wanted.build <= build) await tx.unwant(projection, version)
        await putAll(tx, projection, version, states)
      } else await putChanged(tx, projection, version, states)
      await tx.putHead(next)
      return next
    })
  }

  want(projection: string, version: number): Promise<number> {
    return this.#transact('readwrite', async (tx) => {
      const [head, wanted] = await Promise.all([tx.head(projection, version), tx.wanted(projection, version)])
      const build = Math.max(wanted?.build ?? 0, (head?.build ?? 0) + 1)
      await tx.want({ projection, version, build })
      return build
    })
  }

  forget(projection: string, version: number): Promise<void> {
    return this.#transact('readwrite', async (tx) => {
      await tx.removeRows(projection, version)
      await Promise.all([tx.removeHead(projection, version), tx.unwant(projection, version)])
    })
  }

  first(): Promise<string | undefined> {
    return this.#database.transact('readonly', [TABLES.firsts], async (tx) => {
      const row = await answerOf<FirstRow | undefined>(tx.objectStore(TABLES.firsts).get(FIRST))
      return row?.projection
    })
  }

  noteFirst(projection: string): Promise<void> {
    const row: FirstRow = { id: FIRST, projection }
    return this.#database.transact('readwrite', [TABLES.firsts], async (tx) => {
      await answerOf(tx.objectStore(TABLES.firsts).put(row))
    })
  }

  close(): void {
    this.#database.close()
  }

  #transact<T>(mode: 'readonly' | 'readwrite', work: (tx: CheckpointTables) => Promise<T>): Promise<T> {
    return this.#database.transact(mode, [TABLES.heads, TABLES.rows, TABLES.wanted], (tx) =>
      work(new CheckpointTables(tx, this.#database.ranges)),
    )
  }
}

/** The tables of a transaction. */
class CheckpointTables {
  readonly #ranges: typeof IDBKeyRange
  readonly #heads: IDBObjectStore
  readonly #rows: IDBObjectStore
  readonly #wanted: IDBObjectStore

  constructor(tx: IDBTransaction, ranges: typeof IDBKeyRange) {
    this.#ranges = ranges
    this.#heads = tx.objectStore(TABLES.heads)
    this.#rows = tx.objectStore(TABLES.rows)
    this.#wanted = tx.objectStore(TABLES.wanted)
  }

  headsOf(projection: string): Promise<CheckpointHead[]> {
    return answerOf(this.#heads.getAll(this.#behind([projection])))
  }

  head(projection: string, version: number): Promise<CheckpointHead | undefined> {
    return answerOf(this.#heads.get([projection, version]))
  }

  async putHead(head: CheckpointHead): Promise<void> {
    await answerOf(this.#heads.put(head))
  }

  async removeHead(projection: string, version: number): Promise<void> {
    await answerOf(this.#heads.delete([projection, version]))
  }

  rowsOf(projection: string, version: number): Promise<(ChangedRow | BaseRow)[]> {
    return answerOf(this.#rows.getAll(this.#behind([projection, version])))
  }

  row(projection: string, version: number, row: number): Promise<ChangedRow | BaseRow | undefined> {
    return answerOf(this.#rows.get([projection, version, row]))
  }

  async putRow(row: ChangedRow | BaseRow): Promise<void> {
    await answerOf(this.#rows.put(row))
  }

  countRows(projection: string, version: number): Promise<number> {
    return answerOf(this.#rows.count(this.#behind([projection, version])))
  }

  async removeRows(projection: string, version: number): Promise<void> {
    await answerOf(this.#rows.delete(this.#behind([projection, version])))
  }

  wanted(projection: string, version: number): Promise<WantedRow | undefined> {
    return answerOf(this.#wanted.get([projection, version]))
  }

  async want(row: WantedRow): Promise<void> {
    await answerOf(this.#wanted.put(row))
  }

  async unwant(projection: string, version: number): Promise<void> {
    await answerOf(this.#wanted.delete([projection, version]))
  }

  /** The keys that begin with these: any number comes behind the shorter key, and before an array. */
  #behind(start: readonly (string | number)[]): IDBKeyRange {
    return this.#ranges.bound([...start], [...start, []])
  }
}

async function factsOf(tx: CheckpointTables, projection: string, version: number): Promise<CheckpointFacts> {
  const [heads, wanted] = await Promise.all([tx.headsOf(projection), tx.wanted(projection, version)])
  const head = heads.find((each) => each.version === version)
  return { head, others: heads.filter((each) => each !== head), wanted: wanted?.build ?? 0 }
}

/** Into their rows, beside what else has changed. */
async function putChanged(tx: CheckpointTables, projection: string, version: number, states: States): Promise<void> {
  const changed = [...inRows(states)]
  const before = await Promise.all(changed.map(([row]) => tx.row(projection, version, row)))
  assertSound(before)
  await Promise.all(
    changed.map(([row, now], index) => {
      const then = before[index]
      const states = then === undefined || isBase(then) ? now : [...new Map([...unpackRow(then.states), ...now])]
      const packed = packRow(states)
      return tx.putRow({ projection, version, row, states: packed, checksum: checksumOf(packed) })
    }),
  )
  if ((await tx.countRows(projection, version)) <= CHANGED + 1) return
  const rows = await tx.rowsOf(projection, version)
  assertSound(rows)
  await putAll(tx, projection, version, statesOf(rows))
}

/** In the place of whatever is there. */
async function putAll(
  tx: CheckpointTables,
  projection: string,
  version: number,
  states: Iterable<States[number]>,
): Promise<void> {
  const packed = packRows(states)
  await tx.removeRows(projection, version)
  await tx.putRow({ projection, version, row: BASE, states: packed })
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
