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

/** Rows in one piece, which a database reads much faster than as many: where each ends, and those that are no JSON. */
export interface PackedRows {
  /** The texts of all that are JSON, in UTF-8: to check a text it would have to be encoded each time. Absent in those from before there was this. */
  readonly bytes?: Uint8Array<ArrayBuffer>
  readonly ends: Uint32Array
  readonly loose: readonly (readonly [number: number, row: States])[]
  /** Of what is JSON: a browser keeps what is long as a file that nothing else checks. */
  readonly checksum: number
}

/** Whether rows are as they were packed. */
export function isWhole({ bytes, ends, checksum }: PackedRows): boolean {
  return bytes !== undefined && checksum === checksumOf(bytes, ends)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const NO_TEXT = new Uint8Array()

/**
 * Fletcher's sums, modulo 2³², over four bytes at a time: of all that find what a disk has changed the one that costs least where nothing is compiled yet, and
 * a store that opens waits for it.
 */
function checksumOf(given: Uint8Array<ArrayBuffer>, ends: Uint32Array): number {
  const bytes = given.byteOffset % 4 === 0 ? given : given.slice()
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
  const texts: Uint8Array[] = []
  const loose: [number, States][] = []
  const ends = new Uint32Array(ROWS)
  const byRow = inRows(states)
  let end = 0
  for (let number = 0; number < ROWS; number++) {
    const packed = packRow(byRow.get(number) ?? [])
    const text = typeof packed === 'string' ? encoder.encode(packed) : NO_TEXT
    if (typeof packed !== 'string') loose.push([number, packed])
    texts.push(text)
    end += text.length
    ends[number] = end
  }
  const bytes = new Uint8Array(end)
  for (const [number, text] of texts.entries()) bytes.set(text, (ends[number] ?? 0) - text.length)
  return { bytes, ends, loose, checksum: checksumOf(bytes, ends) }
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
    const { bytes, ends, loose } = this.#base
    const json = decoder.decode(bytes?.subarray(ends[number - 1] ?? 0, ends[number]))
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
