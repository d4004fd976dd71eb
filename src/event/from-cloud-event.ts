import { LarderError } from '../errors.ts'
import type { EventCatalog } from './catalog.ts'
import { checkMetadata } from './check-metadata.ts'
import { checkPayload } from './check-payload.ts'
import { isUriReference } from './cloud-event.ts'
import { derivedId } from './derived-id.ts'
import type { JsonValue } from './json.ts'
import { isStreamName, isUuid } from './limits.ts'
import type { DomainEvent, EventMetadata, StoredEvent } from './recorded-event.ts'
import { showValue } from './show-value.ts'
import type { ReadableIssue } from './standard-schema.ts'

/** An event that came as a CloudEvent; `append` takes it, and gives it the time of the append. */
export interface EventFromCloud extends DomainEvent {
  readonly source: string
  /** Where it lay in the log that it came from, where that says so. */
  readonly commitId: string | undefined
  readonly position: number | undefined
  readonly receivedAt: string | undefined
}

export interface FromCloudEventOptions {
  /** In front of the types; see `CloudEventOptions`. Default: nothing. */
  typePrefix?: string
}

/** For ids of CloudEvents that are no UUIDs: the same source and id give the same. */
const FOREIGN_IDS = '6c617264-6572-8000-8000-636c6f756465'

type Attributes = Readonly<Record<string, JsonValue | undefined>>

/**
 * The events of a domain that a CloudEvent says: one, in the current schema version; where it is of an older version, what its upcaster makes of it. Takes the JSON
 * format, parsed; what `toCloudEvent` made comes back the same, with its correlation written down. An `id` that is no UUID becomes one that is derived from source and
 * id; without `schemaversion` the data is of the current version; without `subject` the definition says the stream.
 *
 * @throws LarderError `cloud-event-invalid` with the attribute; `unknown-type`, `version-invalid`, `validation`, `stream-name`, and what bad data and metadata
 * get
 */
export function fromCloudEvent(
  given: unknown,
  { catalog }: { readonly catalog: EventCatalog },
  { typePrefix = '' }: FromCloudEventOptions = {},
): readonly EventFromCloud[] {
  const attributes = checkAttributes(given)
  const source = attributes['source']
  if (!isUriReference(source)) throw invalid('source', 'is no URI reference')
  const id = textOf(attributes, 'id')
  const type = typeOf(textOf(attributes, 'type'), typePrefix)
  const data = dataOf(attributes)
  const version = versionOf(attributes['schemaversion'], type, catalog)
  const stored: StoredEvent = {
    id: isUuid(id) ? id : derivedId(FOREIGN_IDS, `${source} ${id}`),
    type,
    version,
    stream: streamOf(attributes['subject'], type, data, catalog),
    time: timeOf(attributes, 'time'),
    data,
    metadata: metadataOf(attributes, type),
  }
  const place = {
    source,
    commitId: attributes['commitid'] === undefined ? undefined : textOf(attributes, 'commitid'),
    position: positionOf(attributes['position']),
    receivedAt: attributes['receivedat'] === undefined ? undefined : timeOf(attributes, 'receivedat'),
  }
  return read(stored, catalog).map((event) => ({ ...event, ...place }))
}

/** An attribute that is null is not there, as the JSON format says. */
function checkAttributes(given: unknown): Attributes {
  const checked = checkPayload(given, 'event')
  if (typeof checked !== 'object' || checked === null || Array.isArray(checked))
    throw invalid('specversion', 'is missing: this is no CloudEvent')
  const attributes: Record<string, JsonValue> = {}
  for (const [name, value] of Object.entries(checked)) {
    if (value === undefined || (value === null && name !== 'data')) continue
    if (name !== 'data_base64' && !/^[a-z0-9]+$/.test(name))
      throw invalid(name, 'is no name of an attribute: those have lower-case letters and digits')
    if (name !== 'data' && typeof value === 'object') throw invalid(name, 'is neither text, number nor boolean')
    attributes[name] = value
  }
  if (attributes['specversion'] !== '1.0') throw invalid('specversion', "is not '1.0'")
  return attributes
}

function textOf(attributes: Attributes, name: string): string {
  const value = attributes[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(name, 'is no text')
}

function typeOf(type: string, prefix: string): string {
  if (type.startsWith(prefix)) return type.slice(prefix.length)
  throw invalid('type', `does not begin with ${prefix}`)
}

function dataOf({ data, data_base64, datacontenttype = 'application/json' }: Attributes): JsonValue {
  if (data_base64 !== undefined) throw invalid('data_base64', 'is binary, and events hold JSON')
  if (typeof datacontenttype !== 'string' || !/^[\w.-]+\/([\w.-]+\+)?json\s*(;|$)/i.test(datacontenttype))
    throw invalid('datacontenttype', 'is not JSON')
  if (data === undefined) throw invalid('data', 'is missing')
  return data
}

function versionOf(given: JsonValue | undefined, type: string, catalog: EventCatalog): number {
  const known = catalog.versionOf(type) ?? catalog.get(type).version
  if (given === undefined) return Number.isFinite(known) ? known : 1
  if (typeof given !== 'number' || !Number.isSafeInteger(given) || given < 1)
    throw invalid('schemaversion', 'is no whole number from 1')
  if (given <= known) return given
  throw new LarderError(
    'version-invalid',
    `${type} is known up to version ${known}; this is of version ${given}. Update the app`,
    { details: { type, version: given, current: known } },
  )
}

function streamOf(subject: JsonValue | undefined, type: string, data: JsonValue, catalog: EventCatalog): string {
  const stream = subject ?? catalog.find(type)?.streamOf?.(checkedData(type, data, catalog))
  if (isStreamName(stream)) return stream
  throw new LarderError('stream-name', `${type} needs a stream as its subject; got ${showValue(stream)}`, {
    details: { stream },
  })
}

function timeOf(attributes: Attributes, name: string): string {
  const text = textOf(attributes, name)
  const time = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (Number.isNaN(time)) throw invalid(name, 'is no time of RFC 3339')
  return new Date(time).toISOString()
}

function positionOf(given: JsonValue | undefined): number | undefined {
  if (given === undefined) return undefined
  const position = typeof given === 'string' && /^[1-9]\d{0,15}$/.test(given) ? Number(given) : Number.NaN
  if (Number.isSafeInteger(position)) return position
  throw invalid('position', 'is no whole number from 1, as text')
}

function metadataOf(attributes: Attributes, type: string): EventMetadata {
  const { metadata, userid, correlationid, causationid } = attributes
  const named = { userId: userid, correlationId: correlationid, causationId: causationid }
  return { ...checkMetadata(parsed(metadata), type, 0), ...checkMetadata(named, type, 0) }
}

function parsed(metadata: JsonValue | undefined): unknown {
  if (metadata === undefined) return undefined
  try {
    if (typeof metadata === 'string') return JSON.parse(metadata)
  } catch {
    // It is said below.
  }
  throw invalid('metadata', 'is no JSON, as text')
}

function read(stored: StoredEvent, catalog: EventCatalog): readonly DomainEvent[] {
  const { type } = stored
  const answer = catalog.read(stored)
  if (answer.kind === 'unreadable') throw misfit(type, answer.issues)
  if (answer.kind !== 'events') return []
  return answer.events.map((event) =>
    event.type === type && stored.version === event.version && event.id === stored.id
      ? { ...event, data: checkedData(type, stored.data, catalog) }
      : event,
  )
}

function checkedData(type: string, data: JsonValue, catalog: EventCatalog): JsonValue {
  const checked = catalog.check(catalog.get(type), data)
  if (checked.ok) return checkPayload(checked.value, 'data')
  throw misfit(type, checked.issues)
}

function misfit(type: string, issues: readonly ReadableIssue[]): LarderError<'validation'> {
  const [first] = issues
  return new LarderError(
    'validation',
    `${type} does not fit its schema: ${first === undefined ? 'no reason given' : `${first.path === '' ? 'data' : `data.${first.path}`}: ${first.message}`}`,
    { details: { type, event: 0, issues } },
  )
}

function invalid(attribute: string, what: string): LarderError<'cloud-event-invalid'> {
  return new LarderError('cloud-event-invalid', `The CloudEvent cannot be read: ${attribute} ${what}`, {
    details: { attribute },
  })
}
