import type { EventCatalog } from '../../event/catalog.ts'
import type { DomainEvent, StoredEvent } from '../../event/recorded-event.ts'
import type { AnyProjection } from '../../projection/define-projection.ts'
import type { AcceptedCommit } from './observed-log.ts'

/** The events of the server's log, read with today's definitions. */
export function eventsOf(catalog: EventCatalog, commits: readonly AcceptedCommit[]): readonly DomainEvent[] {
  return commits.flatMap(({ events }) =>
    events.flatMap(({ text }) => {
      const stored: StoredEvent = JSON.parse(text)
      const read = catalog.read(stored)
      return read.kind === 'events' ? read.events : []
    }),
  )
}

/** The states of a projection, by key, folded in the plainest way there is. Throws what the projection throws. */
export function refold(projection: AnyProjection, events: readonly DomainEvent[]): ReadonlyMap<string, unknown> {
  const states = new Map<string, unknown>()
  for (const event of events) {
    if (!projection.types.has(event.type)) continue
    for (const key of projection.keysOf(event)) {
      const before = states.has(key) ? states.get(key) : projection.initialState()
      states.set(key, projection.evolveState(before, event))
    }
  }
  return states
}
