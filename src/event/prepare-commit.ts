import { argumentError, LarderError } from '../errors.ts'
import type { EventCatalog } from './catalog.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkPayload } from './check-payload.ts'
import { utf8Length } from './check-text.ts'
import {
  assertExpectedVersion,
  type ExpectedVersion,
  type ExpectedVersions,
  type StrictExpectation,
} from './expected-version.ts'
import { EVENT_LIMITS, isStreamName, isUuid } from './limits.ts'
import { type PackedEvents, packTexts } from './packed-events.ts'
import type { EventMetadata, NewEvent, StoredEvent } from './recorded-event.ts'
import { showValue } from './show-value.ts'

/** A commit that was checked and packed, ready to be stored: what crosses from the page to the engine. */
export interface PreparedCommit {
  readonly id: string
  readonly events: PackedEvents
  readonly eventIds: readonly string[]
  /** Only streams with an expectation that is not `'any'`. */
  readonly expected: ExpectedVersions
}

export interface AppendOptions {
  /** Stream of the events that name none and whose definition gives none. */
  stream?: string
  /** One expectation for the only stream of the commit, or a map by stream. Default `'any'`. */
  expectedVersion?: ExpectedVersion | Readonly<Record<string, ExpectedVersion>>
  /** Id of the commit, a UUID. Default: a fresh one. The same id with the same events is stored once, however often it is appended. */
  id?: string
  /** Added to every event's metadata; what the event itself carries wins. */
  metadata?: EventMetadata
}

export interface PrepareContext {
  readonly catalog: EventCatalog
  /** ms since 1970. */
  readonly now: () => number
  /** A fresh UUIDv7. */
  readonly newId: () => string
}

/**
 * Checks a commit completely and packs it. Nothing is written here, and nothing is written when this throws.
 *
 * @throws LarderError `commit-empty`, `unknown-type`, `version-invalid`, `validation`, `payload-*`, `key-forbidden`, `text-invalid`,
 * `stream-name`, `id-invalid`, `id-duplicate`, `event-too-large`, `commit-too-large`, `argument`
 */
export function prepareCommit(
  given: NewEvent | readonly NewEvent[],
  options: AppendOptions,
  context: PrepareContext,
): PreparedCommit {
  const list = isEventList(given) ? given : [given]
  if (list.length === 0) throw new LarderError('commit-empty', 'An append needs at least one event', {})
  if (list.length > EVENT_LIMITS.commitEvents) throw tooLarge(list.length, 0)
  const id = options.id ?? context.newId()
  assertId(id)
  const time = new Date(context.now()).toISOString()
  const events: StoredEvent[] = []
  const texts: string[] = []
  const ids = new Set<string>()
  let bytes = 0
  for (const [index, each] of list.entries()) {
    const event = prepareEvent(each, index, time, options, context)
    if (ids.has(event.id)) {
      throw new LarderError(
        'id-duplicate',
        `Two events of this append have the id ${event.id}; every event has its own`,
        { details: { id: event.id } },
      )
    }
    ids.add(event.id)
    const text = JSON.stringify(event)
    const size = utf8Length(text)
    if (size > EVENT_LIMITS.eventBytes) {
      throw new LarderError(
        'event-too-large',
        `${event.type} is ${size} bytes of JSON; the most is ${EVENT_LIMITS.eventBytes}. Keep files outside of events and store their address`,
        { details: { type: event.type, bytes: size, max: EVENT_LIMITS.eventBytes } },
      )
    }
    bytes += size + 1
    if (bytes > EVENT_LIMITS.commitBytes) throw tooLarge(list.length, bytes)
    events.push(event)
    texts.push(text)
  }
  const packed = packTexts(events, texts)
  return { id, events: packed, eventIds: [...ids], expected: expectations(options.expectedVersion, packed.streams) }
}

function prepareEvent(
  given: NewEvent,
  index: number,
  time: string,
  options: AppendOptions,
  context: PrepareContext,
): StoredEvent {
  if (typeof given !== 'object' || given === null) {
    throw argumentError(
      'events',
      `Event ${index} of this append is not an event: make events by calling their definition`,
    )
  }
  const definition = context.catalog.get(given.type)
  if (given.version !== definition.version) {
    throw new LarderError(
      'version-invalid',
      `${given.type} is at version ${definition.version}; an event of version ${showValue(given.version)} cannot be appended. Make it by calling the definition`,
      { details: { type: given.type, version: given.version, current: definition.version } },
    )
  }
  const raw = checkPayload(given.data, 'data')
  const checked = context.catalog.check(definition, raw)
  if (!checked.ok) {
    const [first] = checked.issues
    throw new LarderError(
      'validation',
      `${given.type} does not fit its schema: ${first === undefined ? 'no reason given' : `${first.path === '' ? 'data' : `data.${first.path}`}: ${first.message}`}`,
      { details: { type: given.type, event: index, issues: checked.issues } },
    )
  }
  const id = given.id ?? context.newId()
  assertId(id)
  const stream = given.stream ?? definition.streamOf?.(checked.value) ?? options.stream
  if (!isStreamName(stream)) {
    throw new LarderError(
      'stream-name',
      `${given.type} needs a stream: 1 to ${EVENT_LIMITS.streamNameLength} letters, digits, '.', '_', ':' and '-'. Give append({ stream }) or the definition's stream; got ${showValue(stream)}`,
      { details: { stream } },
    )
  }
  return {
    id,
    type: definition.type,
    version: definition.version,
    stream,
    time,
    data: checkPayload(checked.value, 'data'),
    metadata: {
      ...checkMetadata(options.metadata, given.type, index),
      ...checkMetadata(given.metadata, given.type, index),
    },
  }
}

function assertId(id: unknown): asserts id is string {
  if (!isUuid(id))
    throw new LarderError('id-invalid', `An id is a lower-case UUID; got ${showValue(id)}`, { details: { id } })
}

function expectations(given: AppendOptions['expectedVersion'], streams: readonly string[]): ExpectedVersions {
  if (given === undefined || given === 'any') return {}
  if (typeof given === 'object' && given !== null) {
    const strict: [string, StrictExpectation][] = []
    for (const [stream, expected] of Object.entries(given)) {
      if (!streams.includes(stream))
        throw argumentError(
          'expectedVersion',
          `expectedVersion names ${stream}, but no event of this append is in that stream`,
        )
      assertExpectedVersion(expected)
      if (expected !== 'any') strict.push([stream, expected])
    }
    return Object.fromEntries(strict)
  }
  assertExpectedVersion(given)
  const [only, second] = streams
  if (only === undefined || second !== undefined) {
    throw argumentError(
      'expectedVersion',
      'This append writes several streams: give expectedVersion as a map by stream',
    )
  }
  return { [only]: given }
}

function tooLarge(events: number, bytes: number): LarderError<'commit-too-large'> {
  const { commitEvents: maxEvents, commitBytes: maxBytes } = EVENT_LIMITS
  return new LarderError(
    'commit-too-large',
    `A commit has at most ${maxEvents} events and ${maxBytes} bytes of JSON; append in several commits`,
    {
      details: { events, bytes, maxEvents, maxBytes },
    },
  )
}

function isEventList(given: NewEvent | readonly NewEvent[]): given is readonly NewEvent[] {
  return Array.isArray(given)
}
