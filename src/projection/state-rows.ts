export type States = readonly (readonly [key: string, state: unknown])[]

/** Of a projection at most. Of 10,000 states, a change of one writes about 40 anew. */
export const ROWS = 256

/** States as JSON, which is quick to read and parsed only when somebody asks; those that JSON would change, as they are. */
export type PackedRow = string | States

/** The row on which a key's state lies, the same at all times. FNV-1a over UTF-16 units. */
export function rowOf(key: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  // The low bits alone hardly mix.
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (ROWS - 1)
}

export function packRow(states: States): PackedRow {
  return states.every(([, state]) => isSameAsJson(state)) ? JSON.stringify(states) : states
}

export function unpackRow(row: PackedRow): States {
  return typeof row === 'string' ? JSON.parse(row) : row
}

/** What a checkpoint holds, in rows that are unpacked one by one. */
export class StateRows implements Iterable<States[number]> {
  /** By their number. */
  readonly rows: ReadonlyMap<number, PackedRow>

  constructor(rows: Iterable<readonly [number, PackedRow]>) {
    this.rows = new Map(rows)
  }

  *[Symbol.iterator](): Iterator<States[number]> {
    for (const row of this.rows.values()) yield* unpackRow(row)
  }
}

/** Nobody's state is that deep; and one that holds itself has no end. */
const DEEPEST = 64

/** Whether `JSON.parse(JSON.stringify(value))` gives what a structured clone would. */
function isSameAsJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  if (typeof value !== 'object' || depth > DEEPEST) return false
  const isPlain = Array.isArray(value)
    ? Object.keys(value).length === value.length
    : Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
  return isPlain && !('toJSON' in value) && Object.values(value).every((each) => isSameAsJson(each, depth + 1))
}
