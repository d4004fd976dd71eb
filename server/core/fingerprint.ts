import type { StoredEvent } from '../../src/event/recorded-event.ts'
import { sha256, toHex } from '../../src/event/sha-256.ts'
import type { WireEvent } from '../../src/sync/wire.ts'

const utf8 = new TextEncoder()

/** The mark of a log without commits. */
export const FIRST_MARK = ''

/** Two logs with the same mark hold the same commits in the same order. */
export function nextMark(previous: string, commitId: string): string {
  return shortHash(`${previous}\n${commitId}`)
}

/**
 * Equal for equal bodies: id, type, version, stream, time, data and metadata of each event. The order of keys does not count, because a
 * body that another device offers again after a restore may have been taken apart and put together on its way.
 */
export function bodyHashOf(events: readonly (WireEvent | StoredEvent)[]): string {
  const bodies = events.map(
    ({ id, type, version, stream, time, data, metadata }) =>
      `[${canonicalJson(id)},${canonicalJson(type)},${canonicalJson(version)},${canonicalJson(stream)},${canonicalJson(time)},${canonicalJson(data)},${canonicalJson(metadata)}]`,
  )
  return shortHash(`[${bodies.join(',')}]`)
}

/** JSON with sorted keys; what JSON leaves out is left out here. `value` is what `JSON.parse` gave. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members: Readonly<Record<string, unknown>> = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const key of Object.keys(members).sort()) {
    const member = members[key]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/** 128 bits: no two bodies of an account meet by chance. */
function shortHash(text: string): string {
  return toHex(sha256(utf8.encode(text)).subarray(0, 16))
}
