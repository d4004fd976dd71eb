import { isLarderError } from '../../src/errors.ts'
import type { EventCatalog } from '../../src/event/catalog.ts'
import { utf8Length } from '../../src/event/check-text.ts'
import type { JsonValue } from '../../src/event/json.ts'
import { EVENT_LIMITS } from '../../src/event/limits.ts'
import type { DomainEvent, EventMetadata, StoredEvent } from '../../src/event/recorded-event.ts'
import type { ReadableIssue } from '../../src/event/standard-schema.ts'
import type { WireEvent } from '../../src/sync/wire.ts'
import { checkParsed } from './check-parsed.ts'
import type { Refusal } from './rules.ts'
import type { EventToAppend } from './server-log.ts'

/** The definitions that events are checked with; a blind relay has none, and looks at neither types nor the shape of payloads. */
export type Definitions = EventCatalog | 'blind-relay'

export type CheckedEvents =
  /** `events`: what rules see, in the current schema version. `toAppend`: what is stored, as it was sent. */
  | { readonly kind: 'events'; readonly events: readonly DomainEvent[]; readonly toAppend: readonly EventToAppend[] }
  /** Written by a newer app than this server knows. */
  | { readonly kind: 'too-new' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Checks the events of one commit. What not every store can hold is refused by a blind relay too. */
export function checkEvents(events: readonly WireEvent[], definitions: Definitions): CheckedEvents {
  if (definitions !== 'blind-relay' && events.some((event) => isTooNew(event, definitions))) return { kind: 'too-new' }
  try {
    const toAppend = events.map((event) => ({ id: event.id, stream: event.stream, text: JSON.stringify(event) }))
    assertSizes(events, toAppend)
    const stored = events.map((event, index) => toStored(event, toAppend[index]?.text ?? ''))
    return { kind: 'events', toAppend, events: definitions === 'blind-relay' ? stored : readAll(stored, definitions) }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal }
    if (isLarderError(error)) return { kind: 'refused', refusal: { code: error.code, message: error.message } }
    throw error
  }
}

/** Leaves the loops over events early; never leaves this file. */
class Refused extends Error {
  readonly refusal: Refusal

  constructor(code: string, message: string, retryable = false) {
    super(message)
    this.refusal = { code, message, retryable }
  }
}

function isTooNew(event: WireEvent, catalog: EventCatalog): boolean {
  const known = catalog.versionOf(event.type)
  return known === undefined || event.version > known
}

function assertSizes(events: readonly WireEvent[], toAppend: readonly EventToAppend[]): void {
  const { eventBytes, commitBytes } = EVENT_LIMITS
  let total = 0
  for (const [index, { text }] of toAppend.entries()) {
    const bytes = utf8Length(text)
    if (bytes > eventBytes) {
      throw new Refused(
        'event-too-large',
        `${events[index]?.type} is ${bytes} bytes of JSON; the most is ${eventBytes}`,
      )
    }
    total += bytes + 1
  }
  if (total > commitBytes) {
    throw new Refused('commit-too-large', `The commit is ${total} bytes of JSON; the most is ${commitBytes}`)
  }
}

/**
 * @param text of the event
 * @throws LarderError `text-invalid`, `key-forbidden`, `payload-…`
 */
function toStored(event: WireEvent, text: string): StoredEvent {
  // What a newer peer added beside the known members is stored too, so it is checked too.
  const { data, metadata: given, ...envelope } = event
  checkParsed(envelope, text, 'event')
  const metadata = checkParsed(given, text, 'metadata')
  if (!isMetadata(metadata)) throw new Refused('validation', 'metadata: userId, correlationId and causationId are text')
  const { id, type, version, stream, time } = event
  return { id, type, version, stream, time, data: checkParsed(data, text, 'data'), metadata }
}

function isMetadata(value: JsonValue): value is EventMetadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return ['userId', 'correlationId', 'causationId'].every((name) => {
    const member = Object.hasOwn(value, name) ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined
    return member === undefined || typeof member === 'string'
  })
}

function readAll(events: readonly StoredEvent[], catalog: EventCatalog): DomainEvent[] {
  return events.flatMap((event) => {
    try {
      return readCurrent(event, catalog)
    } catch (error) {
      if (error instanceof Refused) throw error
      throw new Refused(
        'validation',
        `The server could not check ${event.type} just now. It will be sent again by itself.`,
        true,
      )
    }
  })
}

/** In the current schema version, as the schema gives it back. */
function readCurrent(event: StoredEvent, catalog: EventCatalog): DomainEvent[] {
  const read = catalog.read(event)
  if (read.kind === 'unreadable') throw misfit(event.type, read.issues)
  if (read.kind !== 'events') throw new Refused('validation', `${event.type} is not in this domain`)
  return read.events.map((current) => {
    // What was upcasted is checked already.
    if (current !== event) return current
    const checked = catalog.check(catalog.get(current.type), current.data)
    if (!checked.ok) throw misfit(event.type, checked.issues)
    return { ...current, data: checked.value }
  })
}

function misfit(type: string, [first]: readonly ReadableIssue[]): Refused {
  const where = first === undefined || first.path === '' ? 'data' : `data.${first.path}`
  return new Refused('validation', `${type} does not fit its schema: ${where}: ${first?.message ?? 'no reason given'}`)
}
