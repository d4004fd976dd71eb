import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { argumentError } from '../errors.ts'
import { EventCatalog } from '../event/catalog.ts'
import type { AnyEventDefinition, RetiredEvent } from '../event/event-definition.ts'
import type { Middleware } from '../event/middleware.ts'
import type { AnyProjection } from './define-projection.ts'

/** Everything that page, worker and server share: one module of pure definitions. */
export interface Domain {
  readonly version: string
  readonly catalog: EventCatalog
  readonly projections: ReadonlyMap<string, AnyProjection>
  readonly middleware: readonly Middleware[]
  readonly aggregates: ReadonlyMap<string, AnyAggregate>
}

export interface DomainOptions<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  /** Any text that changes with every release of the definitions; devices and server tell each other. */
  version: string
  events: E
  /** Event types that are no more, and still in logs; see `retireEvent`. */
  retired?: readonly RetiredEvent[]
  projections?: readonly AnyProjection[]
  /** What every event passes on its way into the log, in this order; see `Middleware`. */
  middleware?: readonly Middleware<E>[]
  aggregates?: readonly AnyAggregate[]
}

/**
 * Gathers the definitions of an app.
 *
 * @throws LarderError `argument` when a name is taken twice, or a projection or an aggregate folds an event that is not listed
 */
export function defineDomain<const E extends readonly AnyEventDefinition[]>(options: DomainOptions<E>): Domain {
  if (options.version === '')
    throw argumentError('version', 'A domain needs a version: any text that changes with every release')
  const catalog = new EventCatalog(options.events, options.retired)
  const projections = new Map<string, AnyProjection>()
  for (const projection of options.projections ?? []) {
    if (projections.has(projection.name))
      throw argumentError('projections', `Two projections are named ${projection.name}`)
    for (const type of projection.types) {
      if (catalog.find(type) === undefined)
        throw argumentError(
          'events',
          `Projection ${projection.name} folds ${type}, which is not in the domain's events`,
        )
    }
    projections.set(projection.name, projection)
  }
  // Events of the domain are all that it is given.
  const middleware = [...(options.middleware ?? [])] as readonly unknown[] as readonly Middleware[]
  const aggregates = aggregatesOf(options.aggregates ?? [], catalog)
  return Object.freeze({ version: options.version, catalog, projections, aggregates, middleware })
}

function aggregatesOf(given: readonly AnyAggregate[], catalog: EventCatalog): ReadonlyMap<string, AnyAggregate> {
  const aggregates = new Map<string, AnyAggregate>()
  for (const aggregate of given) {
    if (aggregates.has(aggregate.name)) throw argumentError('aggregates', `Two aggregates are named ${aggregate.name}`)
    for (const definition of aggregate.events) {
      if (catalog.find(definition.type) !== definition)
        throw argumentError(
          'events',
          `Aggregate ${aggregate.name} has the event ${definition.type}, which is not in the domain's events, or is another definition there`,
        )
    }
    aggregates.set(aggregate.name, aggregate)
  }
  return aggregates
}
