import { checkPayload, mayHoldBrokenText } from '../../src/event/check-payload.ts'
import type { JsonValue } from '../../src/event/json.ts'
import { EVENT_LIMITS } from '../../src/event/limits.ts'

/**
 * What `checkPayload` answers of a value that `JSON.parse` gave, without a copy: of such a value only names, numbers, texts and size can be wrong. Where one may be,
 * `checkPayload` says so, and is what decides.
 *
 * @param json the value's text, or one that holds it
 * @throws LarderError `payload-…`, `key-forbidden`, `text-invalid`
 */
export function checkParsed(value: unknown, json: string, root: string): JsonValue {
  const isFine = !mayHoldBrokenText(json) && new Look().isFine(value, 0)
  return isFine ? (value as JsonValue) : checkPayload(value, root)
}

class Look {
  #keys = 0

  isFine(value: unknown, depth: number): boolean {
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true
    // −0 becomes 0, which is another value.
    if (typeof value === 'number') return value === 0 ? !Object.is(value, -0) : this.#isExact(value)
    if (typeof value !== 'object' || depth >= EVENT_LIMITS.payloadDepth) return false
    if (Array.isArray(value)) {
      this.#keys += value.length
      if (this.#keys > EVENT_LIMITS.payloadKeys) return false
      for (const item of value) if (!this.isFine(item, depth + 1)) return false
      return true
    }
    // A name like __proto__ is an own member, and comes up here like any other.
    for (const key in value) {
      if (key === '__proto__' || key === 'constructor' || key === 'prototype') return false
      if (++this.#keys > EVENT_LIMITS.payloadKeys) return false
      if (!this.isFine((value as Readonly<Record<string, unknown>>)[key], depth + 1)) return false
    }
    return true
  }

  #isExact(number: number): boolean {
    return Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
  }
}
