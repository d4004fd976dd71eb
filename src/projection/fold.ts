import type { EventCatalog } from '../event/catalog.ts'
import { countOf, type PackedEvents, unpackEvent, unpackEvents, unpackRange } from '../event/packed-events.ts'
import type { DomainEvent, StoredEvent } from '../event/recorded-event.ts'
import type { AnyProjection } from './define-projection.ts'
import type { OnUnreadable } from './unreadable-events.ts'

/** Where the states of one layer lie. */
export interface StateLayer {
  get(key: string): unknown
  set(key: string, state: unknown): void
}

export interface Fault {
  readonly eventId: string
  /** Of what was thrown: its name, never its text, which may quote data. */
  readonly message: string
}

/** Thrown by {@link foldEvent} at the event whose functions threw; the events before it are folded. */
export class FoldFault extends Error {
  readonly event: DomainEvent
  readonly fault: Fault

  constructor(event: DomainEvent, fault: Fault) {
    super(fault.message)
    this.event = event
    this.fault = fault
  }
}

/**
 * Folds one event and notes the keys that it touched. Pure but for `layer`.
 *
 * @throws FoldFault when `key` or `evolve` throws; nothing of that event is folded
 */
export function foldEvent(
  projection: AnyProjection,
  event: DomainEvent,
  layer: StateLayer,
  touched: Set<string> | undefined,
): void {
  try {
    const keys = projection.keysOf(event)
    const [only] = keys
    // Most events touch one state, and there are many of them: nothing is made for those that an event touches together.
    if (only !== undefined && keys.length === 1) {
      layer.set(only, projection.evolveState(layer.get(only), event))
      touched?.add(only)
      return
    }
    const next = keys.map((key): [string, unknown] => [key, projection.evolveState(layer.get(key), event)])
    for (const [key, state] of next) {
      layer.set(key, state)
      touched?.add(key)
    }
  } catch (error) {
    throw new FoldFault(event, {
      eventId: event.id,
      message: `${event.type}: evolve threw ${error instanceof Error ? error.name : typeof error}`,
    })
  }
}

/** Undefined when nobody can say which keys the event touches. */
export function keysOrNone(projection: AnyProjection, event: DomainEvent): readonly string[] | undefined {
  try {
    return projection.keysOf(event)
  } catch {
    return undefined
  }
}

export interface Selection {
  readonly types: ReadonlySet<string>
  /** Leaves out so many of the first events. Default 0. */
  readonly skip?: number
  /** Other projections are going to read the same run: what is parsed is kept for as long as the run is. Default false. */
  readonly isShared?: boolean
  /** Told of what is left out because it cannot be read. */
  readonly onUnreadable?: OnUnreadable
}

/**
 * Hands over the events of a run that a projection takes, in order, read with today's definitions. Parses what it needs: the run when most of it
 * is taken, single events otherwise. Ends when `visit` answers false.
 */
export function visitEvents(
  catalog: EventCatalog,
  events: PackedEvents,
  { types, skip = 0, isShared = false, onUnreadable }: Selection,
  visit: (event: DomainEvent) => boolean,
): void {
  if (onUnreadable !== undefined) countUnknown(catalog, events, skip, onUnreadable)
  const sources = catalog.sourcesOf(types)
  const wanted = events.types.map((type) => sources.has(type))
  if (!wanted.includes(true)) return
  const count = countOf(events)
  const isWanted = wanted.includes(false) ? (index: number) => wanted[events.typeOf[index] ?? 0] === true : always
  const read = readerOf(events, countWanted(skip, count, isWanted) * 2 >= count, isShared)
  for (let index = skip; index < count; index++) {
    if (!isWanted(index)) continue
    const stored = read(index)
    if (catalog.isCurrent(stored)) {
      if (types.has(stored.type) && !visit(stored)) return
      continue
    }
    const older = catalog.read(stored)
    if (older.kind !== 'events') onUnreadable?.(stored.type, older.kind, 1)
    else for (const event of older.events) if (types.has(event.type) && !visit(event)) return
  }
}

/** By the table of contents: a type that nobody knows is not parsed. */
function countUnknown(
  catalog: EventCatalog,
  { types, typeOf }: PackedEvents,
  skip: number,
  onUnreadable: OnUnreadable,
): void {
  for (const [index, type] of types.entries()) {
    if (catalog.versionOf(type) !== undefined) continue
    const count = typeOf.subarray(skip).reduce((sum, each) => (each === index ? sum + 1 : sum), 0)
    if (count > 0) onUnreadable(type, 'unknown-type', count)
  }
}

const parsed = new WeakMap<PackedEvents, readonly StoredEvent[]>()

/** Parsed in one go: enough for the call not to count, and few enough to be forgotten while they are young, which is when that costs nothing. */
const PARSED_AT_ONCE = 128

/** Reads events by index, in rising order. */
function readerOf(events: PackedEvents, isMostTaken: boolean, isShared: boolean): (index: number) => StoredEvent {
  const whole = parsed.get(events) ?? (isMostTaken && isShared ? parseWhole(events) : undefined)
  const single = (index: number) => unpackEvent(events, index)
  if (whole !== undefined) return (index) => whole[index] ?? single(index)
  if (!isMostTaken) return single
  let start = 0
  let some: readonly StoredEvent[] = []
  return (index) => {
    if (index >= start + some.length) {
      start = index
      some = unpackRange(events, start, start + PARSED_AT_ONCE)
    }
    return some[index - start] ?? single(index)
  }
}

function parseWhole(events: PackedEvents): readonly StoredEvent[] {
  const all = unpackEvents(events)
  parsed.set(events, all)
  return all
}

function countWanted(from: number, to: number, isWanted: (index: number) => boolean): number {
  if (isWanted === always) return to - from
  let wanted = 0
  for (let index = from; index < to; index++) if (isWanted(index)) wanted++
  return wanted
}

const always = () => true
