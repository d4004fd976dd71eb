import { showValue } from './show-value.ts'

/** More than this says nothing new. */
const MOST = 10

/**
 * Where two values differ, a line each, with the path: `total.calories: expected 300, got 320`. Empty when they are the same. Compares what a
 * structured clone keeps: plain objects, arrays, maps, sets, dates, bytes and primitives; a key whose value is undefined is not the same as no key.
 */
export function differences(expected: unknown, actual: unknown, root = ''): readonly string[] {
  const found: string[] = []
  compare(expected, actual, root, (path, sentence) => found.push(path === '' ? sentence : `${path}: ${sentence}`))
  return found.length > MOST ? [...found.slice(0, MOST), `… and ${found.length - MOST} more`] : found
}

export function isSame(expected: unknown, actual: unknown): boolean {
  return differences(expected, actual).length === 0
}

type Report = (path: string, sentence: string) => void

function compare(expected: unknown, actual: unknown, path: string, report: Report): void {
  if (Object.is(expected, actual)) return
  const kind = kindOf(expected)
  if (kind !== kindOf(actual) || kind === 'primitive') {
    differ(expected, actual, path, report)
    return
  }
  const [wanted, given] = [partsOf(expected), partsOf(actual)]
  if (wanted === undefined || given === undefined) {
    if (!isSameBytes(expected, actual)) differ(expected, actual, path, report)
    return
  }
  for (const [key, value] of wanted) {
    const place = join(path, key, kind)
    if (given.has(key)) compare(value, given.get(key), place, report)
    else report(place, `expected ${showValue(value)}, got nothing`)
  }
  for (const [key, value] of given) {
    if (!wanted.has(key)) report(join(path, key, kind), `expected nothing, got ${showValue(value)}`)
  }
}

function differ(expected: unknown, actual: unknown, path: string, report: Report): void {
  report(path, `expected ${showValue(expected)}, got ${showValue(actual)}`)
}

/** Values of different kinds are never the same. */
function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'primitive'
  if (Array.isArray(value)) return 'array'
  const tag = Object.prototype.toString.call(value)
  return tag === '[object Object]' ? `object of ${Object.getPrototypeOf(value)?.constructor?.name ?? 'no class'}` : tag
}

/** What a value consists of, by key; undefined for what has no parts that could be named. */
function partsOf(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  if (value instanceof Map) return value
  // What is an object has no identity here; its place has to do.
  if (value instanceof Set) return new Map([...value].map((item, index) => [isObject(item) ? index : item, item]))
  if (Array.isArray(value)) return new Map(value.map((item, index) => [index, item]))
  if (value instanceof Date || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return undefined
  return new Map(Object.entries(value as object))
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function isSameBytes(one: unknown, other: unknown): boolean {
  if (one instanceof Date && other instanceof Date) return Object.is(one.getTime(), other.getTime())
  const [a, b] = [bytesOf(one), bytesOf(other)]
  return a !== undefined && a.length === b?.length && a.every((byte, index) => byte === b[index])
}

function bytesOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}

function join(path: string, key: unknown, kind: string): string {
  if (kind === 'array') return `${path}[${String(key)}]`
  const isName = typeof key === 'string' && /^[\p{ID_Start}_$][\p{ID_Continue}$-]*$/u.test(key)
  if (!isName) return `${path}[${showValue(key)}]`
  return path === '' ? key : `${path}.${key}`
}
