import { argumentError } from '../errors.ts'
import type { EventCatalog } from '../event/catalog.ts'
import { countOf, type PackedEvents } from '../event/packed-events.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StoredSegment } from '../store/records.ts'
import type { AnyProjection } from './define-projection.ts'
import { faultError } from './fault-error.ts'
import { ProjectionStates } from './projection-states.ts'

/** Up to a position of the confirmed order, or a time in ms since 1970; both included. */
export type Moment = { readonly position: number } | { readonly time: number }

export interface StateAtSource {
  readonly store: EventStore
  readonly catalog: EventCatalog
}

/** Segments read at a time. */
const PAGE = 8

/**
 * A state as it was: folds, in log order, the events up to a position, or those with a time up to one, wherever they stand in the log. Keeps nothing
 * but the states that it folds, and touches no others. All keys are folded: what one of them throws at is left out of the others too.
 *
 * @throws LarderError `argument` for a position that the log has not reached, `projection-faulted`, and what reading the log throws
 */
export async function stateAt(
  { store, catalog }: StateAtSource,
  projection: AnyProjection,
  key: string,
  moment: Moment,
): Promise<unknown> {
  await store.refresh()
  for (;;) {
    const { repairs } = store.known.meta
    const states = await foldTo({ store, catalog }, projection, moment)
    // A part of the log was replaced on the way, or set back.
    if (store.known.meta.repairs !== repairs) continue
    const fault = states.faultOf(key, 'all')
    if (fault !== undefined) throw faultError(projection.name, fault)
    return states.state(key, 'all')
  }
}

async function foldTo(
  { store, catalog }: StateAtSource,
  projection: AnyProjection,
  moment: Moment,
): Promise<ProjectionStates> {
  const states = new ProjectionStates('time' in moment ? upToTime(projection, moment.time) : projection, catalog)
  if ('position' in moment) {
    if (moment.position > store.known.head)
      throw argumentError(
        'position',
        `The log ends at ${store.known.head}; there is no position ${moment.position} yet`,
      )
    const mayMatter = (segment: StoredSegment) => hasTypes(segment, projection)
    await foldConfirmed(store, states, mayMatter, () => moment.position)
  } else {
    const mayMatter = (segment: Pick<StoredSegment, 'events'>) =>
      segment.events.minTime <= moment.time && hasTypes(segment, projection)
    await foldConfirmed(
      store,
      states,
      mayMatter,
      () => store.known.head,
      () => states.rebase(store.known.pending.counted.filter(mayMatter)),
    )
  }
  return states
}

/** @param atEnd called in the turn in which the end was reached: what it sees of the outbox belongs to what is folded */
async function foldConfirmed(
  store: EventStore,
  states: ProjectionStates,
  mayMatter: (segment: StoredSegment) => boolean,
  end: () => number,
  atEnd: () => void = () => undefined,
): Promise<void> {
  let position = 0
  while (position < end()) {
    const stored = await store.readStored(position, PAGE)
    if (stored.length === 0) {
      await store.refresh()
      continue
    }
    store.damages.lookForHoles(stored, position)
    // What cannot matter is not decoded.
    for (const { first, last, events } of await store.open(stored.filter(mayMatter))) {
      const count = end() - first + 1
      if (count > 0) states.advanceBase({ first, last: Math.min(last, end()), events: frontOf(events, count) })
    }
    position = stored.at(-1)?.last ?? position
  }
  atEnd()
}

function hasTypes({ events }: Pick<StoredSegment, 'events'>, { types }: AnyProjection): boolean {
  return events.types.some((type) => types.has(type))
}

function upToTime(projection: AnyProjection, time: number): AnyProjection {
  return { ...projection, keysOf: (event) => (Date.parse(event.time) > time ? [] : projection.keysOf(event)) }
}

/** The first events of a run. */
function frontOf(events: PackedEvents, count: number): PackedEvents {
  const end = events.offsets[count]
  if (count >= countOf(events) || end === undefined) return events
  return {
    ...events,
    body: events.body.slice(0, end - 1),
    offsets: events.offsets.subarray(0, count),
    streamOf: events.streamOf.subarray(0, count),
    typeOf: events.typeOf.subarray(0, count),
  }
}
