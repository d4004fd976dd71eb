import { argumentError } from '../errors.ts'
import { correlationOf } from './causation.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkPayload } from './check-payload.ts'
import type { JsonValue } from './json.ts'
import type { DomainEvent, EventMetadata, RecordedEvent } from './recorded-event.ts'

/**
 * An event in the JSON format of CloudEvents 1.0 (https://github.com/cloudevents/spec, v1.0.2), structured mode: with content type
 * `application/cloudevents+json` it is a whole message. What CloudEvents has no name for are extensions.
 */
export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
  /** The stream. */
  readonly subject: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: JsonValue
  /** Of the payload's schema. */
  readonly schemaversion: number
  readonly commitid?: string
  /** Decimal digits: an integer of CloudEvents has 32 bits. */
  readonly position?: string
  readonly receivedat?: string
  readonly userid?: string
  readonly correlationid?: string
  readonly causationid?: string
  /** JSON of what else the metadata holds. */
  readonly metadata?: string
}

export interface CloudEventOptions {
  /** Where the event came to be: a URI reference, such as `https://example.com/nutrition`. With `id` it says which event it is, worldwide. */
  source: string
  /** Put in front of the type, such as `com.example.`. Default: nothing. */
  typePrefix?: string
}

/** An event, as it was read or stored; where it lies is told where it is known. */
type PlacedEvent = DomainEvent & {
  readonly [K in 'commitId' | 'position' | 'receivedAt']?: RecordedEvent[K] | undefined
}

const NAMED = { userId: 'userid', correlationId: 'correlationid', causationId: 'causationid' } as const

/**
 * An event for systems that speak CloudEvents. An event that carries no correlation is given the one that it begins, see `correlationOf`.
 *
 * @throws LarderError `argument` when the source is no URI reference; `payload-*` where the data is no JSON, as of an event that was never stored
 */
export function toCloudEvent(event: PlacedEvent, { source, typePrefix = '' }: CloudEventOptions): CloudEvent {
  if (!isUriReference(source))
    throw argumentError('source', 'source is a URI reference, such as https://example.com/nutrition')
  const { id, type, version, stream, time, commitId, position, receivedAt } = event
  const metadata = checkMetadata(event.metadata, type, 0)
  const correlationId = commitId === undefined ? metadata.correlationId : correlationOf({ metadata, commitId })
  return {
    specversion: '1.0',
    id,
    source,
    type: `${typePrefix}${type}`,
    subject: stream,
    time,
    datacontenttype: 'application/json',
    data: checkPayload(event.data, 'data'),
    schemaversion: version,
    ...(commitId === undefined ? {} : { commitid: commitId }),
    ...(position === undefined ? {} : { position: String(position) }),
    ...(receivedAt === undefined ? {} : { receivedat: receivedAt }),
    ...attributesOf(correlationId === undefined ? metadata : { ...metadata, correlationId }),
  }
}

/** What an attribute cannot say stays with the rest. */
function attributesOf(metadata: EventMetadata): Partial<CloudEvent> {
  const rest: Record<string, JsonValue> = {}
  const attributes: Partial<Record<(typeof NAMED)[keyof typeof NAMED], string>> = {}
  for (const [name, value] of Object.entries(metadata)) {
    if (value === undefined) continue
    if (isNamed(name) && typeof value === 'string' && isAttributeText(value)) attributes[NAMED[name]] = value
    else rest[name] = value
  }
  return Object.keys(rest).length === 0 ? attributes : { ...attributes, metadata: plainJson(rest) }
}

function isNamed(name: string): name is keyof typeof NAMED {
  return Object.hasOwn(NAMED, name)
}

const CONTROLS = /[\p{Cc}\p{Noncharacter_Code_Point}]/u

/** What the type system of CloudEvents takes as a string; an empty one would be as good as none. */
function isAttributeText(text: string): boolean {
  return text !== '' && !CONTROLS.test(text)
}

/** JSON without the characters that no attribute may have. */
function plainJson(value: JsonValue): string {
  return JSON.stringify(value).replace(new RegExp(CONTROLS, 'gu'), (character) =>
    Array.from({ length: character.length }, (_, index) => escapeOf(character.charCodeAt(index))).join(''),
  )
}

function escapeOf(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}

export function isUriReference(value: unknown): value is string {
  return typeof value === 'string' && /^[^\s\p{Cc}"<>\\^`{|}]+$/u.test(value)
}
