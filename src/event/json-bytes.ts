import { utf8Length } from './check-text.ts'
import type { JsonValue } from './json.ts'

/** What JSON writes as six characters, but for those that it has two for: `\b`, `\t`, `\n`, `\f`, `\r`. */
const LONG_ESCAPE = /[\u0000-\u0007\u000B\u000E-\u001F]/g
const SHORT_ESCAPE = /["\\\b\t\n\f\r]/g

/** How many UTF-8 bytes the JSON of checked data has, without making it: a text can be too long to be made. */
export function jsonBytes(value: JsonValue): number {
  if (typeof value === 'string') return textBytes(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).length
  const members = Array.isArray(value)
    ? value.map(jsonBytes)
    : Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [textBytes(key) + 1 + jsonBytes(each)]))
  return members.reduce((sum, bytes) => sum + bytes, 2 + Math.max(0, members.length - 1))
}

function textBytes(text: string): number {
  return utf8Length(text) + 2 + countOf(text, SHORT_ESCAPE) + 5 * countOf(text, LONG_ESCAPE)
}

function countOf(text: string, pattern: RegExp): number {
  let count = 0
  pattern.lastIndex = 0
  while (pattern.test(text)) count++
  return count
}
