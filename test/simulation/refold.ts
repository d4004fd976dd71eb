import type { DomainEvent } from '../../src/event/recorded-event.ts'
import { nutrition } from '../../src/nutrition/index.ts'
import type { AcceptedCommit } from './observed-log.ts'

/** The states of a projection, by key, folded from the server's log in the plainest way there is. */
export function refold(projection: string, commits: readonly AcceptedCommit[]): ReadonlyMap<string, unknown> {
  const definition = nutrition.projections.get(projection)
  if (definition === undefined) throw new RangeError(`No projection ${projection}`)
  const states = new Map<string, unknown>()
  for (const { text } of commits.flatMap(({ events }) => events)) {
    const event: DomainEvent = JSON.parse(text)
    if (!definition.types.has(event.type)) continue
    for (const key of definition.keysOf(event)) {
      const before = states.has(key) ? states.get(key) : definition.initialState()
      states.set(key, definition.evolveState(before, event))
    }
  }
  return states
}
