import { isDevelopment } from '#environment'
import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { argumentError } from '../errors.ts'
import { EventCatalog } from '../event/catalog.ts'
import { deepFreeze } from '../event/deep-freeze.ts'
import type { AnyEventDefinition, RetiredEvent } from '../event/event-definition.ts'
import type { Middleware } from '../event/middleware.ts'
import type { DomainEvent } from '../event/recorded-event.ts'
import type { AnyProjection } from './define-projection.ts'

/** Everything that page, worker and server share: one module of pure definitions. */
export interface Domain {
  readonly version: string
  readonly catalog: EventCatalog
  readonly projections: ReadonlyMap<string, AnyProjection>
  readonly middleware: readonly Middleware[]
  readonly aggregates: ReadonlyMap<string, AnyAggregate>
  readonly development: boolean
}

export interface DomainOptions<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> {
  /** Any text that changes with every release of the definitions; devices and server tell each other. */
  version: string
  events: E
  /** Event types that are no more, and still in logs; see `retireEvent`. */
  retired?: readonly RetiredEvent[]
  projections?: readonly AnyProjection[]
  /** What every event passes on its way into the log, in this order; see `Middleware`. */
  middleware?: readonly Middleware<NoInfer<E>>[]
  aggregates?: readonly AnyAggregate[]
  /**
   * Freezes events, and the states that `evolve` is given, so that a function that changes one throws a TypeError where it does. Folding then takes longer.
   * Default: true where packages are resolved with the condition `development`, as dev servers of bundlers do; elsewhere false. Node is told by
   * `--conditions=development`.
   */
  development?: boolean
}

/**
 * Gathers the definitions of an app.
 *
 * @throws LarderError `argument` when a name is taken twice, or a projection or an aggregate folds an event that is not listed
 */
export function defineDomain<const E extends readonly AnyEventDefinition[]>(options: DomainOptions<E>): Domain {
  if (options.version === '')
    throw argumentError('version', 'A domain needs a version: any text that changes with every release')
  const development = options.development ?? isDevelopment
  const catalog = new EventCatalog(options.events, options.retired, development)
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
    projections.set(projection.name, development ? frozen(projection) : projection)
  }
  // Events of the domain are all that it is given.
  const middleware = [...(options.middleware ?? [])] as readonly unknown[] as readonly Middleware[]
  const aggregates = aggregatesOf(options.aggregates ?? [], catalog, development)
  return Object.freeze({ version: options.version, catalog, projections, aggregates, middleware, development })
}

function aggregatesOf(
  given: readonly AnyAggregate[],
  catalog: EventCatalog,
  development: boolean,
): ReadonlyMap<string, AnyAggregate> {
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
    aggregates.set(aggregate.name, development ? frozenAggregate(aggregate) : aggregate)
  }
  return aggregates
}

/** The same, of states that do not let themselves be changed. */
function frozen(projection: AnyProjection): AnyProjection {
  return Object.freeze({
    ...projection,
    initialState: () => deepFreeze(projection.initialState()),
    // What comes from a checkpoint is not frozen yet.
    evolveState: (state: unknown, event: DomainEvent) => deepFreeze(projection.evolveState(deepFreeze(state), event)),
  })
}

/** The same of an aggregate. Instances of a class change themselves, and stay as they are. */
function frozenAggregate(aggregate: AnyAggregate): AnyAggregate {
  return Object.freeze({
    ...aggregate,
    initialState: (id: string) => deepFreeze(aggregate.initialState(id)),
    // What comes from a snapshot is not frozen yet.
    evolveState: (state: unknown, event: DomainEvent) => deepFreeze(aggregate.evolveState(deepFreeze(state), event)),
  })
}
