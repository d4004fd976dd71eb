import { Checksum } from '../store/checksum.ts'
import { hashText } from '../store/hash-text.ts'

export type States = readonly (readonly [key: string, state: unknown])[]

/** Of a projection. One is parsed at a time: of 10,000 states about 40. */
export const ROWS = 256

/** States as JSON, which is quick to read and parsed only when somebody asks; those that JSON would change, as they are. */
export type PackedRow = string | States

/** The row on which a key's state lies, the same at all times. */
export function rowOf(key: string): number {
  const hash = hashText(key)
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (ROWS - 1)
}

export function packRow(states: States): PackedRow {
  return states.every(([, state]) => isSameAsJson(state)) ? JSON.stringify(states) : states
}

export function unpackRow(row: PackedRow): States {
  return typeof row === 'string' ? JSON.parse(row) : row
}

/** Rows as one text, which a database reads much faster than as many: where each ends, and those that are no JSON. */
export interface PackedRows {
  readonly text: string
  readonly ends: Uint32Array
  readonly loose: readonly (readonly [number: number, row: States])[]
  /** Of what is JSON: a browser keeps a long text as a file that nothing else checks. */
  readonly checksum: number
}

/** Whether rows are as they were packed. */
export function isWhole({ text, ends, checksum }: PackedRows): boolean {
  return checksum === checksumOf(text, ends)
}

const encoder = new TextEncoder()

/**
 * Fletcher's sums, modulo 2³², over the text's bytes, four at a time: of all that find what a disk has changed the one that costs least where nothing is compiled yet, and
 * a store that opens waits for it.
 */
function checksumOf(text: string, ends: Uint32Array): number {
  const bytes = encoder.encode(text)
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
  let sum = 0
  let sums = 0
  for (let i = 0; i < words.length; i++) {
    sum = (sum + (words[i] ?? 0)) | 0
    sums = (sums + sum) | 0
  }
  const rest = bytes.subarray(words.length * 4)
  return new Checksum().number(sum).number(sums).words(rest).words(ends).value
}

export function packRows(states: Iterable<States[number]>): PackedRows {
  const texts: string[] = []
  const loose: [number, States][] = []
  const ends = new Uint32Array(ROWS)
  const byRow = inRows(states)
  for (let number = 0, end = 0; number < ROWS; number++) {
    const packed = packRow(byRow.get(number) ?? [])
    if (typeof packed === 'string') texts.push(packed)
    else loose.push([number, packed])
    end += typeof packed === 'string' ? packed.length : 0
    ends[number] = end
  }
  const text = texts.join('')
  return { text, ends, loose, checksum: checksumOf(text, ends) }
}

/** By the number of their row; of several of one key the last. */
export function inRows(states: Iterable<States[number]>): ReadonlyMap<number, States> {
  const rows = new Map<number, Map<string, unknown>>()
  for (const [key, state] of states) {
    const number = rowOf(key)
    const row = rows.get(number)
    if (row === undefined) rows.set(number, new Map([[key, state]]))
    else row.set(key, state)
  }
  return new Map(Array.from(rows, ([number, row]) => [number, [...row]] as const))
}

/** What a checkpoint holds, unpacked a row at a time. */
export class StateRows implements Iterable<States[number]> {
  readonly #base: PackedRows | undefined
  readonly #changed: ReadonlyMap<number, PackedRow>

  /** @param changed over those of the base */
  constructor(base: PackedRows | undefined, changed: Iterable<readonly [number: number, row: PackedRow]>) {
    this.#base = base
    this.#changed = new Map(changed)
  }

  /** The states of a row. */
  row(number: number): States {
    const changed = this.#changed.get(number)
    const base = this.#ofBase(number)
    if (changed === undefined) return base
    return base.length === 0 ? unpackRow(changed) : [...new Map([...base, ...unpackRow(changed)])]
  }

  *[Symbol.iterator](): Iterator<States[number]> {
    for (let number = 0; number < ROWS; number++) yield* this.row(number)
  }

  #ofBase(number: number): States {
    if (this.#base === undefined) return []
    const { text, ends, loose } = this.#base
    const json = text.slice(ends[number - 1] ?? 0, ends[number])
    return json === '' ? (loose.find(([each]) => each === number)?.[1] ?? []) : unpackRow(json)
  }
}

/** Nobody's state is that deep. */
const DEEPEST = 64

/** Whether `JSON.parse(JSON.stringify(value))` gives what a structured clone would. */
function isSameAsJson(value: unknown, depth = 0, met = new Set<object>()): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  // JSON has twice what a clone has once, and no end of what holds itself.
  if (typeof value !== 'object' || depth > DEEPEST || met.has(value)) return false
  met.add(value)
  const isPlain = Array.isArray(value)
    ? isDense(value)
    : Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
  return isPlain && !('toJSON' in value) && Object.values(value).every((each) => isSameAsJson(each, depth + 1, met))
}

/** Indexes come first, in order: as many keys as places, the last of them the last index, are all of them and no others. */
function isDense(list: readonly unknown[]): boolean {
  const keys = Object.keys(list)
  return keys.length === list.length && (keys.length === 0 || keys.at(-1) === String(list.length - 1))
}
