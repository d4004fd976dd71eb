import { Checksum } from './checksum.ts'
import type {
  BasisShare,
  ConfirmedSegment,
  DiscardedRecord,
  PendingRecord,
  StoredSegment,
  StreamBasis,
} from './records.ts'
import { isSealed } from './sealed-events.ts'

/** Over all that a stored segment says. Two segments with the same events, one of them sealed, have different ones. */
export function checksumOf(segment: Omit<StoredSegment, 'checksum'>): number {
  const { first, last, events, commits, streamVersions, marks = [] } = segment
  const sum = new Checksum()
    .number(first)
    .number(last)
    .texts(commits.ids)
    .texts(commits.devices)
    .words(commits.deviceOf)
    .numbers(commits.seqs)
    .words(commits.counts)
    .numbers(commits.receivedAt)
    .texts(events.streams)
    .texts(events.types)
    .number(events.minTime)
    .number(events.maxTime)
    .words(streamVersions)
  for (const { position, mark } of marks) sum.number(position).text(mark)
  if (commits.turns !== undefined) sum.words(commits.turns)
  if (commits.formerly !== undefined) sum.numbers(commits.formerly)
  if (isSealed(events)) return sum.text(events.codec).number(events.bytes).words(events.sealed).value
  return sum.text(events.body).words(events.offsets).words(events.streamOf).words(events.typeOf).value
}

/** As it is put into the table. */
export function toStored(segment: ConfirmedSegment | Omit<StoredSegment, 'checksum'>): StoredSegment {
  return { ...segment, checksum: checksumOf(segment) }
}

/**
 * What is wrong with a record of the confirmed zone; undefined when nothing is. Whatever lies there, it does not throw. A sealed body is
 * checked as bytes only: whether they can be decoded shows when they are.
 */
export function damageOf(record: unknown): string | undefined {
  try {
    const shape = shapeProblem(record)
    if (shape !== undefined) return shape
    const segment = record as StoredSegment
    if (segment.checksum !== undefined && segment.checksum !== checksumOf(segment)) return 'the checksum does not match'
    // Without a checksum, reading it is the only proof that it can be read.
    if (segment.checksum === undefined && !isSealed(segment.events)) JSON.parse(`[${segment.events.body}]`)
    return tableProblem(segment)
  } catch {
    return 'it is not a segment'
  }
}

export function pendingDamageOf(record: unknown): string | undefined {
  try {
    if (typeof record !== 'object' || record === null) return 'it is not a record'
    const { id, device, seq, order, count, events, expected, basis, replaces, checksum } = record as PendingRecord
    if (![id, device].every(isText) || ![seq, order, count].every(Number.isSafeInteger)) return 'a field is missing'
    if (!isObject(expected) || !areTexts(replaces) || !isObject(basis) || !Object.values(basis).every(isBasis))
      return 'a field is missing'
    const shape = eventsProblem(events)
    if (shape !== undefined) return shape
    if (events.offsets.length !== count) return 'it holds another number of events than it says'
    if (checksum !== undefined && checksum !== checksumOfEvents(events)) return 'the checksum does not match'
    if (checksum === undefined) JSON.parse(`[${events.body}]`)
    return contentsProblem(events)
  } catch {
    return 'it is not a record'
  }
}

/** Of events that are stored without a checksum: reading them is the only proof that they can be read. */
export function eventsDamageOf(events: ConfirmedSegment['events']): string | undefined {
  try {
    const shape = eventsProblem(events)
    if (shape !== undefined) return shape
    JSON.parse(`[${events.body}]`)
    return contentsProblem(events)
  } catch {
    return 'it is not a record'
  }
}

export function checksumOfEvents(events: ConfirmedSegment['events']): number {
  return new Checksum()
    .text(events.body)
    .words(events.offsets)
    .words(events.streamOf)
    .words(events.typeOf)
    .texts(events.streams)
    .texts(events.types).value
}

/** What the server is still to be told of a discarded commit, and the commit. */
export function discardedDamageOf(record: DiscardedRecord): string | undefined {
  const { why, note, at, withdraw, commit } = record
  if (!isText(why) || !isText(note) || !Number.isFinite(at) || !areTexts(withdraw)) return 'a field is missing'
  return pendingDamageOf(commit)
}

function isBasis({ confirmed, behind }: StreamBasis): boolean {
  const isShare = ({ id, count, also = 0 }: BasisShare) =>
    isText(id) && Number.isSafeInteger(count) && Number.isSafeInteger(also)
  return Number.isSafeInteger(confirmed) && behind.every(isShare)
}

const isText = (value: unknown): value is string => typeof value === 'string'
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)

function shapeProblem(record: unknown): string | undefined {
  if (typeof record !== 'object' || record === null) return 'it is not a segment'
  const { first, last, events, commits, streamVersions, checksum } = record as StoredSegment
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 1 || last < first)
    return 'its positions are not a range'
  if (checksum !== undefined && typeof checksum !== 'number') return 'a field is missing'
  if (!isObject(commits) || !isObject(events)) return 'a field is missing'
  if (!areTexts(commits.ids) || !areTexts(commits.devices)) return 'a field is missing'
  if (!(commits.deviceOf instanceof Uint32Array) || !(commits.counts instanceof Uint32Array))
    return 'a field is missing'
  if (!(commits.seqs instanceof Float64Array) || !(commits.receivedAt instanceof Float64Array))
    return 'a field is missing'
  if (!(streamVersions instanceof Uint32Array)) return 'a field is missing'
  if (!isSealed(events)) return eventsProblem(events)
  if (!areTexts(events.streams) || !areTexts(events.types) || !isText(events.codec)) return 'a field is missing'
  return events.sealed instanceof Uint8Array && Number.isSafeInteger(events.bytes) ? undefined : 'a field is missing'
}

function eventsProblem(events: ConfirmedSegment['events']): string | undefined {
  if (!isObject(events) || !isText(events.body)) return 'a field is missing'
  if (!areTexts(events.streams) || !areTexts(events.types)) return 'a field is missing'
  const tables = [events.offsets, events.streamOf, events.typeOf]
  if (!tables.every((each) => each instanceof Uint32Array)) return 'a field is missing'
  return tables.every(({ length }) => length === events.offsets.length) ? undefined : 'its tables differ in length'
}

/** Whether the parts of a segment fit each other. */
function tableProblem({ first, last, events, commits, streamVersions }: StoredSegment): string | undefined {
  const count = last - first + 1
  if (commits.counts.reduce((sum, each) => sum + each, 0) !== count) return 'its commits do not fill its positions'
  const perCommit = [commits.deviceOf, commits.seqs, commits.counts, commits.receivedAt]
  const former = [commits.turns, commits.formerly].filter((table) => table !== undefined)
  if ([...perCommit, ...former].some(({ length }) => length !== commits.ids.length))
    return 'its tables differ in length'
  if (streamVersions.length !== events.streams.length) return 'its tables differ in length'
  if (isSealed(events)) return undefined
  if (events.offsets.length !== count) return 'it holds another number of events than it says'
  return contentsProblem(events)
}

/** Cheap, and enough that nothing behind it reads past an end. */
export function contentsProblem(events: ConfirmedSegment['events']): string | undefined {
  let before = -1
  for (const offset of events.offsets) {
    if (offset <= before || offset > events.body.length) return 'its offsets do not fit its body'
    before = offset
  }
  return isBelow(events.streamOf, events.streams.length) && isBelow(events.typeOf, events.types.length)
    ? undefined
    : 'its tables do not fit each other'
}

function isBelow(indexes: Uint32Array, length: number): boolean {
  for (const index of indexes) if (index >= length) return false
  return true
}
