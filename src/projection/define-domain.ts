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
}

/**
 * Gathers the definitions of an app.
 *
 * @throws LarderError `argument` when a name is taken twice, or a projection folds an event that is not listed
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
  return Object.freeze({ version: options.version, catalog, projections, middleware })
}
