import { argumentError, LarderError } from '../errors.ts'
import type { EventCatalog } from './catalog.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkPayload, checkShape, isSameData, mayHoldBrokenText } from './check-payload.ts'
import { utf8Length } from './check-text.ts'
import { CommitDraft, type PreparedCommit, type PreparedEvent, tooLarge } from './commit-draft.ts'
import type { AnyEventDefinition } from './event-definition.ts'
import {
  assertExpectedVersion,
  type ExpectedVersion,
  type ExpectedVersions,
  type StrictExpectation,
} from './expected-version.ts'
import type { JsonValue } from './json.ts'
import { jsonBytes } from './json-bytes.ts'
import { EVENT_LIMITS, isStreamName, isUuid } from './limits.ts'
import { applyMiddleware, type Middleware } from './middleware.ts'
import { ofEvent } from './of-event.ts'
import type { EventMetadata, NewEvent } from './recorded-event.ts'
import { showValue } from './show-value.ts'

export type { PreparedCommit, StorableCommit } from './commit-draft.ts'

export interface AppendOptions {
  /** Stream of the events that name none themselves; goes before the default of their definition. */
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
  /** Of the domain. Default: none. */
  readonly middleware?: readonly Middleware[]
}

/**
 * Checks a commit completely and packs it. Nothing is written here, and nothing is written when this throws. What is wrong with one of its events
 * says with which, by `details.event` and `details.type`.
 *
 * @throws LarderError `commit-empty`, `unknown-type`, `version-invalid`, `validation`, `payload-*`, `key-forbidden`, `text-invalid`,
 * `stream-name`, `id-invalid`, `id-duplicate`, `event-too-large`, `commit-too-large`, `middleware-failed`, `argument`
 */
export function prepareCommit(
  given: NewEvent | readonly NewEvent[],
  options: AppendOptions,
  context: PrepareContext,
): PreparedCommit {
  const list = isEventList(given) ? given : [given]
  if (list.length === 0) throw new LarderError('commit-empty', 'An append needs at least one event', {})
  if (list.length > EVENT_LIMITS.commitEvents) throw tooLarge(list.length, 0)
  const draft = new CommitDraft(commitIdOf(options.id, context))
  const time = timeOf(context)
  for (const [index, each] of list.entries()) draft.add(prepareEvent(each, index, time, options, context))
  return draft.finish((streams) => expectations(options.expectedVersion, streams))
}

/** @throws LarderError `id-invalid` */
export function commitIdOf(given: string | undefined, context: Pick<PrepareContext, 'newId'>): string {
  const id = given ?? context.newId()
  assertId(id)
  return id
}

/** The time that events are given now. */
export function timeOf(context: Pick<PrepareContext, 'now'>): string {
  return new Date(context.now()).toISOString()
}

/**
 * Checks one event completely.
 *
 * @param index of the event within what is appended, for whoever has to find it
 * @throws LarderError what {@link prepareCommit} throws of an event
 */
export function prepareEvent(
  given: NewEvent,
  index: number,
  time: string,
  options: Pick<AppendOptions, 'stream' | 'metadata'>,
  context: PrepareContext,
): PreparedEvent {
  const { middleware } = context
  const { stream } = options
  const common = commonMetadata(options.metadata)
  if (middleware === undefined || middleware.length === 0)
    return checkEvent(given, index, time, stream, common, context)
  // What a middleware throws of its own is told as it is.
  const event = applyMiddleware(middleware, wholeEvent(given, index, stream, common, context), { time, index })
  return checkEvent(event, index, time, undefined, NO_METADATA, context)
}

/** Middleware sees the event with all the metadata that it is going to have, so that it can go by it and change it. */
function wholeEvent(
  given: NewEvent,
  index: number,
  stream: string | undefined,
  common: EventMetadata,
  context: PrepareContext,
): NewEvent {
  try {
    const { type } = definitionOf(given, context)
    return {
      ...given,
      ...(given.stream === undefined && stream !== undefined ? { stream } : {}),
      metadata: { ...common, ...checkMetadata(given.metadata, type, index) },
    }
  } catch (error) {
    throw ofEvent(error, index, given?.type)
  }
}

function checkEvent(
  given: NewEvent,
  index: number,
  time: string,
  stream: string | undefined,
  common: EventMetadata,
  context: PrepareContext,
): PreparedEvent {
  try {
    return packEvent(given, index, time, stream, common, context)
  } catch (error) {
    throw ofEvent(error, index, given?.type)
  }
}

function packEvent(
  given: NewEvent,
  index: number,
  time: string,
  givenStream: string | undefined,
  common: EventMetadata,
  context: PrepareContext,
): PreparedEvent {
  const definition = definitionOf(given, context)
  const data = checkData(given, index, definition, context)
  const json = jsonText(data)
  if (json === undefined || mayHoldBrokenText(json)) checkPayload(data, 'data')
  const id = idOf(given.id, context)
  const stream = given.stream ?? givenStream ?? definition.streamOf?.(data)
  if (!isStreamName(stream)) {
    throw new LarderError(
      'stream-name',
      `${given.type} needs a stream: 1 to ${EVENT_LIMITS.streamNameLength} letters, digits, '.', '_', ':' and '-'. Give append({ stream }) or the definition's stream; got ${showValue(stream)}`,
      { details: { stream, type: given.type } },
    )
  }
  const { type, version } = definition
  const metadata = metadataOf(given.metadata, type, index, common)
  const metadataJson = metadata === NO_METADATA ? '{}' : jsonText(metadata)
  // Ids, names of streams and times hold nothing that JSON would write in another way.
  const front = `{"id":"${id}","type":${JSON.stringify(type)},"version":${version},"stream":"${stream}","time":"${time}","data":`
  const bytes = front.length + bytesOf(json, data) + METADATA_FRONT.length + bytesOf(metadataJson, metadata) + 1
  if (json !== undefined && metadataJson !== undefined && bytes <= EVENT_LIMITS.eventBytes)
    return {
      event: { id, type, stream, time },
      text: `${front}${json}${METADATA_FRONT}${metadataJson}}`,
      bytes,
      index,
      hasFreshId: given.id === undefined || given.id === null,
    }
  throw new LarderError(
    'event-too-large',
    `${type} is ${bytes} bytes of JSON; the most is ${EVENT_LIMITS.eventBytes}. Keep files outside of events and store their address`,
    { details: { type, bytes, max: EVENT_LIMITS.eventBytes } },
  )
}

const METADATA_FRONT = ',"metadata":'
const NO_METADATA: EventMetadata = {}

/** Undefined where it would be longer than a text can be. */
function jsonText(value: JsonValue): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function bytesOf(json: string | undefined, value: JsonValue): number {
  return json === undefined ? jsonBytes(value) : utf8Length(json)
}

function definitionOf(given: NewEvent, context: PrepareContext): AnyEventDefinition {
  if (typeof given !== 'object' || given === null)
    throw argumentError('events', `${showValue(given)} is not an event: make events by calling their definition`)
  const definition = context.catalog.get(given.type)
  if (given.version === definition.version) return definition
  throw new LarderError(
    'version-invalid',
    `${given.type} is at version ${definition.version}; an event of version ${showValue(given.version)} cannot be appended. Make it by calling the definition`,
    { details: { type: given.type, version: given.version, current: definition.version } },
  )
}

/** The data as it is stored. Its texts are checked where the schema has not answered what it was given; else its JSON has to be looked at. */
function checkData(given: NewEvent, index: number, definition: AnyEventDefinition, context: PrepareContext): JsonValue {
  const raw = checkShape(given.data, 'data')
  const checked = context.catalog.check(definition, raw)
  // Most schemas answer what they were given: then the copy that was checked is it.
  if (checked.ok && isSameData(raw, checked.value)) return raw
  checkPayload(raw, 'data')
  if (checked.ok) return checkPayload(checked.value, 'data')
  const [first] = checked.issues
  throw new LarderError(
    'validation',
    `${given.type} does not fit its schema: ${first === undefined ? 'no reason given' : `${first.path === '' ? 'data' : `data.${first.path}`}: ${first.message}`}`,
    { details: { type: given.type, event: index, issues: checked.issues } },
  )
}

/** It is no event's own: what is wrong with it is said of the append. */
function commonMetadata(given: unknown): EventMetadata {
  return given === undefined ? NO_METADATA : checkMetadata(given, 'append', undefined)
}

function metadataOf(given: unknown, type: string, index: number, common: EventMetadata): EventMetadata {
  return given === undefined ? common : { ...common, ...checkMetadata(given, type, index) }
}

function idOf(given: string | undefined, { newId }: PrepareContext): string {
  if (given === undefined || given === null) return newId()
  assertId(given)
  return given
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

function isEventList(given: NewEvent | readonly NewEvent[]): given is readonly NewEvent[] {
  return Array.isArray(given)
}
