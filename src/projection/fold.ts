import type { EventCatalog } from '../event/catalog.ts'
import { countOf, type PackedEvents, unpackEvent, unpackEvents } from '../event/packed-events.ts'
import type { DomainEvent, StoredEvent } from '../event/recorded-event.ts'
import type { AnyProjection } from './define-projection.ts'

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

/** Thrown by {@link foldEvents} at the event whose functions threw; the events before it are folded. */
export class FoldFault extends Error {
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

/**
 * Folds the events that a projection takes, in order, and answers the keys that they touched. Pure but for `layer`.
 *
 * @throws FoldFault when `key` or `evolve` throws; nothing of that event is folded
 */
export function foldEvents(
  projection: AnyProjection,
  events: readonly DomainEvent[],
  layer: StateLayer,
  touched: Set<string>,
): void {
  for (const event of events) {
    try {
      const next = projection
        .keysOf(event)
        .map((key): [string, unknown] => [key, projection.evolveState(layer.get(key), event)])
      for (const [key, state] of next) {
        layer.set(key, state)
        touched.add(key)
      }
    } catch (error) {
      throw new FoldFault({
        eventId: event.id,
        message: `${event.type}: evolve threw ${error instanceof Error ? error.name : typeof error}`,
      })
    }
  }
}

const parsed = new WeakMap<PackedEvents, readonly StoredEvent[]>()

/**
 * The events of a run that a projection takes, read with today's definitions. Parses what it needs: the whole run when most of it is
 * taken (and then once for all projections), single events otherwise. Leaves out the first `skip` events.
 */
export function selectEvents(
  catalog: EventCatalog,
  events: PackedEvents,
  types: ReadonlySet<string>,
  skip = 0,
): DomainEvent[] {
  const sources = catalog.sourcesOf(types)
  const wanted = events.types.map((type) => sources.has(type))
  if (!wanted.includes(true)) return []
  const count = countOf(events)
  const indexes: number[] = []
  for (let index = skip; index < count; index++) if (wanted[events.typeOf[index] ?? 0] === true) indexes.push(index)
  const whole = parsed.get(events) ?? (indexes.length * 2 >= count ? parseWhole(events) : undefined)
  const selected: DomainEvent[] = []
  for (const index of indexes) {
    const stored = whole?.[index] ?? unpackEvent(events, index)
    const read = catalog.read(stored)
    if (read.kind === 'events') for (const event of read.events) if (types.has(event.type)) selected.push(event)
  }
  return selected
}

function parseWhole(events: PackedEvents): readonly StoredEvent[] {
  const all = unpackEvents(events)
  parsed.set(events, all)
  return all
}
