import { isLarderError, LarderError } from '../errors.ts'
import { firstBrokenCharacter } from './check-text.ts'
import type { JsonValue } from './json.ts'
import { EVENT_LIMITS } from './limits.ts'

/**
 * Checks that a value comes back from JSON exactly as it went in, and answers it as plain data (a copy, with `undefined` properties
 * left out and −0 as 0). Nothing of the input is run but its own enumerable data properties: getters are refused, and of a proxy
 * what it shows is copied, once.
 *
 * @throws LarderError `payload-not-json`, `payload-number`, `payload-cycle`, `payload-depth`, `payload-keys`, `key-forbidden`, `text-invalid`,
 * each with the path from `root`
 */
export function checkPayload(value: unknown, root: string): JsonValue {
  return new PayloadCheck(root, true).value(value, undefined, 0)
}

/**
 * The same, but for the characters of texts and names: for those, look at the JSON of what this answers with {@link mayHoldBrokenText}, which is
 * one search instead of one for each of them.
 */
export function checkShape(value: unknown, root: string): JsonValue {
  return new PayloadCheck(root, false).value(value, undefined, 0)
}

/** JSON writes what is refused as an escape, and little else: where there is one, {@link checkPayload} tells. */
export function mayHoldBrokenText(json: string): boolean {
  return json.includes('\\u')
}

/** Path as a linked list: most values are fine, and then no string is built. */
interface Path {
  readonly parent: Path | undefined
  readonly part: string | number
}

/** Whether a value says the same as data that was checked, so that the data can be taken in its place. */
export function isSameData(data: JsonValue, value: unknown): boolean {
  if (typeof data !== 'object' || data === null) return data === value
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(data)) {
    return (
      Array.isArray(value) &&
      value.length === data.length &&
      data.every((each, index) => isSameData(each, value[index]))
    )
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  const known: Readonly<Record<string, JsonValue | undefined>> = data as Readonly<Record<string, JsonValue | undefined>>
  const fields: Readonly<Record<string, unknown>> = value as Readonly<Record<string, unknown>>
  let count = 0
  // Six times as fast as a list of the keys. What a prototype adds makes it say no, which costs time and nothing else.
  for (const key in fields) {
    const own = known[key]
    if (own === undefined || !isSameData(own, fields[key])) return false
    count++
  }
  return count === Object.keys(known).length && Object.getOwnPropertySymbols(value).length === 0
}

class PayloadCheck {
  readonly #root: string
  readonly #texts: boolean
  /** The containers around what is looked at, from the outside. */
  readonly #open: object[] = []
  #keys = 0

  constructor(root: string, texts: boolean) {
    this.#root = root
    this.#texts = texts
  }

  /** The path of a value is its container's and its place there: an object for it is made only where it is needed. */
  item(value: unknown, parent: Path | undefined, part: string | number, depth: number): JsonValue {
    if (typeof value === 'string' && this.#isFine(value)) return value
    if (typeof value === 'boolean') return value
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : (value as number)
    return this.value(value, { parent, part }, depth)
  }

  value(value: unknown, path: Path | undefined, depth: number): JsonValue {
    switch (typeof value) {
      case 'string':
        return this.#text(value, path)
      case 'number':
        return this.#number(value, path)
      case 'boolean':
        return value
      case 'object':
        return value === null ? null : this.#object(value, path, depth)
      default:
        throw this.#notJson(path, typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`)
    }
  }

  #isFine(text: string): boolean {
    return !this.#texts || firstBrokenCharacter(text) === -1
  }

  #text(text: string, path: Path | undefined): string {
    if (this.#isFine(text)) return text
    const index = firstBrokenCharacter(text)
    const where = this.#show(path)
    throw new LarderError(
      'text-invalid',
      `${where}[${index}] is ${text[index] === '\u0000' ? 'U+0000' : 'an unpaired surrogate'}: take it out, it cannot be stored everywhere`,
      { details: { path: where, index } },
    )
  }

  #number(number: number, path: Path | undefined): number {
    if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) {
      const where = this.#show(path)
      const advice = Number.isFinite(number) ? 'is too large to be exact; use a string' : 'use null or leave it out'
      throw new LarderError('payload-number', `${where} is ${number}: ${advice}`, {
        details: { path: where, value: String(number) },
      })
    }
    return number === 0 ? 0 : number
  }

  #object(object: object, path: Path | undefined, depth: number): JsonValue {
    if (this.#open.includes(object)) {
      const where = this.#show(path)
      throw new LarderError('payload-cycle', `${where} contains itself: JSON has no cycles`, {
        details: { path: where },
      })
    }
    if (depth >= EVENT_LIMITS.payloadDepth) {
      const where = this.#show(path)
      throw new LarderError('payload-depth', `${where} is nested deeper than ${EVENT_LIMITS.payloadDepth} levels`, {
        details: { path: where, max: EVENT_LIMITS.payloadDepth },
      })
    }
    this.#open.push(object)
    const copy = this.#copy(object, path, depth)
    this.#open.pop()
    return copy
  }

  #copy(object: object, path: Path | undefined, depth: number): JsonValue {
    try {
      return Array.isArray(object) ? this.#array(object, path, depth) : this.#record(object, path, depth)
    } catch (error) {
      if (isLarderError(error)) throw error
      // A proxy may throw whatever it likes, at whatever is done with it.
      throw this.#notJson(path, 'an object that cannot be read')
    }
  }

  #array(array: readonly unknown[], path: Path | undefined, depth: number): JsonValue {
    if (Object.getPrototypeOf(array) !== Array.prototype) throw this.#notJson(path, `a ${kindOf(array)}`)
    const copy: JsonValue[] = []
    this.#count(array.length, path)
    for (let index = 0; index < array.length; index++) {
      const item = Object.getOwnPropertyDescriptor(array, index)
      if (item === undefined) throw this.#notJson({ parent: path, part: index }, 'a hole in an array')
      copy.push(this.item(this.#valueOf(item, path, index), path, index, depth + 1))
    }
    const [name] = Object.keys(array).slice(array.length)
    if (name !== undefined) throw this.#notJson({ parent: path, part: name }, 'a named property of an array')
    return copy
  }

  #valueOf(property: PropertyDescriptor, parent: Path | undefined, part: string | number): unknown {
    if (property.get !== undefined || property.set !== undefined) throw this.#notJson({ parent, part }, 'a getter')
    return property.value
  }

  #record(object: object, path: Path | undefined, depth: number): JsonValue {
    const prototype: unknown = Object.getPrototypeOf(object)
    if (prototype !== Object.prototype && prototype !== null) throw this.#notJson(path, `a ${kindOf(object)}`)
    const copy: Record<string, JsonValue> = {}
    const keys = Object.keys(object)
    this.#count(keys.length, path)
    for (const key of keys) {
      const property = Object.getOwnPropertyDescriptor(object, key)
      if (property === undefined) continue
      if (isForbidden(key)) {
        const where = this.#show({ parent: path, part: key })
        throw new LarderError('key-forbidden', `${where}: an object may not have a key of this name; rename it`, {
          details: { path: where, key },
        })
      }
      const value = this.#valueOf(property, path, key)
      if (value === undefined) continue
      if (!this.#isFine(key)) this.#text(key, { parent: path, part: key })
      copy[key] = this.item(value, path, key, depth + 1)
    }
    if (Object.getOwnPropertySymbols(object).some((key) => Object.prototype.propertyIsEnumerable.call(object, key)))
      throw this.#notJson(path, 'an object with a symbol as a key')
    return copy
  }

  #count(more: number, path: Path | undefined): void {
    this.#keys += more
    if (this.#keys <= EVENT_LIMITS.payloadKeys) return
    const where = this.#show(path)
    throw new LarderError(
      'payload-keys',
      `${where}: the payload has more than ${EVENT_LIMITS.payloadKeys} keys and items; split the event`,
      {
        details: { path: where, max: EVENT_LIMITS.payloadKeys },
      },
    )
  }

  #notJson(path: Path | undefined, kind: string): LarderError<'payload-not-json'> {
    const where = this.#show(path)
    const advice =
      kind === 'a Date' ? 'use an ISO string' : 'use strings, numbers, booleans, null, plain objects and arrays'
    return new LarderError('payload-not-json', `${where} is ${kind}; ${advice}`, { details: { path: where, kind } })
  }

  #show(path: Path | undefined): string {
    if (path === undefined) return this.#root
    return `${this.#show(path.parent)}${typeof path.part === 'number' ? `[${path.part}]` : `.${path.part}`}`
  }
}

function isForbidden(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype'
}

function kindOf(object: object): string {
  const name: unknown = Object.getPrototypeOf(object)?.constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'class instance'
}
