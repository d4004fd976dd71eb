import type { StoredEvent } from './recorded-event.ts'

/**
 * A run of events as one JSON text with a table of contents: what crosses to the worker, what is stored, and what is pushed. Its events
 * can be read one by one or all at once, and copied whole without being parsed: parsing is what makes an event log slow.
 */
export interface PackedEvents {
  /** The events as JSON, separated by commas: `[${body}]` is an array. */
  readonly body: string
  /** Where each event starts in `body`, in UTF-16 units; its end is one before the next start, or the end of `body`. */
  readonly offsets: Uint32Array
  /** The streams that occur, each once, in order of first appearance. */
  readonly streams: readonly string[]
  /** Index into `streams`, by event. */
  readonly streamOf: Uint32Array
  /** The types that occur, each once, in order of first appearance. */
  readonly types: readonly string[]
  /** Index into `types`, by event. */
  readonly typeOf: Uint32Array
  /** Smallest and largest `time`, in ms since 1970. */
  readonly minTime: number
  readonly maxTime: number
}

export function countOf(events: PackedEvents): number {
  return events.offsets.length
}

export function packEvents(events: readonly StoredEvent[]): PackedEvents {
  const texts = events.map((event) => JSON.stringify(event))
  return packTexts(events, texts)
}

/** Packs events whose JSON is already made; `texts[i]` is that of `events[i]`. */
export function packTexts(
  events: readonly Pick<StoredEvent, 'stream' | 'type' | 'time'>[],
  texts: readonly string[],
): PackedEvents {
  const streams = new Interned()
  const types = new Interned()
  const offsets = new Uint32Array(events.length)
  const streamOf = new Uint32Array(events.length)
  const typeOf = new Uint32Array(events.length)
  let offset = 0
  let minTime = Number.POSITIVE_INFINITY
  let maxTime = Number.NEGATIVE_INFINITY
  let lastTime = ''
  for (const [index, event] of events.entries()) {
    offsets[index] = offset
    offset += (texts[index]?.length ?? 0) + 1
    streamOf[index] = streams.indexOf(event.stream)
    typeOf[index] = types.indexOf(event.type)
    // Most events of a run were made at the same time.
    if (event.time === lastTime) continue
    lastTime = event.time
    const time = Date.parse(event.time)
    if (time < minTime) minTime = time
    if (time > maxTime) maxTime = time
  }
  return {
    body: texts.join(','),
    offsets,
    streams: streams.values,
    streamOf,
    types: types.values,
    typeOf,
    minTime,
    maxTime,
  }
}

/** All events, parsed in one go: the fastest way to read a whole run. */
export function unpackEvents(events: PackedEvents): StoredEvent[] {
  return JSON.parse(`[${events.body}]`) as StoredEvent[]
}

/** The events from `start` up to, and without, `end`, or the end of the run. */
export function unpackRange(events: PackedEvents, start: number, end: number): StoredEvent[] {
  const { body, offsets } = events
  const next = offsets[end]
  return JSON.parse(`[${body.slice(offsets[start], next === undefined ? body.length : next - 1)}]`) as StoredEvent[]
}

/** The JSON text of one event. */
export function eventText(events: PackedEvents, index: number): string {
  const start = events.offsets[index]
  if (start === undefined) throw new RangeError(`No event at ${index}`)
  const next = events.offsets[index + 1]
  return events.body.slice(start, next === undefined ? events.body.length : next - 1)
}

export function unpackEvent(events: PackedEvents, index: number): StoredEvent {
  return JSON.parse(eventText(events, index)) as StoredEvent
}

export function streamAt(events: PackedEvents, index: number): string {
  return at(events.streams, events.streamOf[index])
}

export function typeAt(events: PackedEvents, index: number): string {
  return at(events.types, events.typeOf[index])
}

/** How many events each stream of the run has, in the order of `streams`. */
export function countByStream(events: PackedEvents): Uint32Array {
  const counts = new Uint32Array(events.streams.length)
  for (const stream of events.streamOf) counts[stream] = (counts[stream] ?? 0) + 1
  return counts
}

/** Joins runs without parsing them. */
export function joinPacked(runs: readonly PackedEvents[]): PackedEvents {
  const [only] = runs
  if (only !== undefined && runs.length === 1) return only
  const total = runs.reduce((sum, run) => sum + run.offsets.length, 0)
  const streams = new Interned()
  const types = new Interned()
  const offsets = new Uint32Array(total)
  const streamOf = new Uint32Array(total)
  const typeOf = new Uint32Array(total)
  let index = 0
  let offset = 0
  for (const run of runs) {
    const streamIndex = run.streams.map((stream) => streams.indexOf(stream))
    const typeIndex = run.types.map((type) => types.indexOf(type))
    for (let i = 0; i < run.offsets.length; i++, index++) {
      offsets[index] = offset + (run.offsets[i] ?? 0)
      streamOf[index] = streamIndex[run.streamOf[i] ?? 0] ?? 0
      typeOf[index] = typeIndex[run.typeOf[i] ?? 0] ?? 0
    }
    offset += run.body.length + 1
  }
  return {
    body: runs.map((run) => run.body).join(','),
    offsets,
    streams: streams.values,
    streamOf,
    types: types.values,
    typeOf,
    minTime: Math.min(...runs.map((run) => run.minTime)),
    maxTime: Math.max(...runs.map((run) => run.maxTime)),
  }
}

/** What {@link splitPacked} cannot tell from the whole. */
export interface PackedPart extends Pick<PackedEvents, 'minTime' | 'maxTime'> {
  /** Number of events. */
  readonly count: number
}

/** Takes apart what {@link joinPacked} has joined, without parsing it. */
export function splitPacked(events: PackedEvents, parts: readonly PackedPart[]): PackedEvents[] {
  let first = 0
  return parts.map(({ count, minTime, maxTime }) => {
    const streams = new Interned()
    const types = new Interned()
    const offsets = new Uint32Array(count)
    const streamOf = new Uint32Array(count)
    const typeOf = new Uint32Array(count)
    const start = events.offsets[first] ?? 0
    for (let i = 0; i < count; i++) {
      offsets[i] = (events.offsets[first + i] ?? 0) - start
      streamOf[i] = streams.indexOf(streamAt(events, first + i))
      typeOf[i] = types.indexOf(typeAt(events, first + i))
    }
    first += count
    const next = events.offsets[first]
    const body = events.body.slice(start, next === undefined ? events.body.length : next - 1)
    return { body, offsets, streams: streams.values, streamOf, types: types.values, typeOf, minTime, maxTime }
  })
}

class Interned {
  readonly values: string[] = []
  readonly #indexes = new Map<string, number>()

  indexOf(value: string): number {
    const known = this.#indexes.get(value)
    if (known !== undefined) return known
    const index = this.values.push(value) - 1
    this.#indexes.set(value, index)
    return index
  }
}

function at(values: readonly string[], index: number | undefined): string {
  const value = index === undefined ? undefined : values[index]
  if (value === undefined) throw new RangeError('The table of contents does not match the events')
  return value
}
