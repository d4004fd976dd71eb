/** The entry for definitions: pure, and safe to import on the page, in the worker and on the server. */

export type { CommandContext } from './aggregate/command.ts'
export {
  type Aggregate,
  type AggregateOptions,
  type AnyAggregate,
  defineAggregate,
  type SnapshotOptions,
} from './aggregate/define-aggregate.ts'
export { type CommandRefusal, refuse } from './aggregate/refusal.ts'
export {
  type AggregateBase,
  type AggregateClass,
  EventSourcedAggregate,
  type SourcedAggregate,
  type SourcedAggregateOptions,
} from './aggregate/sourced-aggregate.ts'
export { createEventBus, type PureEventBusOptions } from './bus/create-event-bus.ts'
export type {
  BusContext,
  BusHandler,
  BusHandlerObject,
  BusHandlerOptions,
  BusMiddleware,
  EventBus,
  EventBusOptions,
  HandlerFailure,
  Published,
} from './bus/event-bus.ts'
export {
  type EventOfError,
  isLarderError,
  LarderError,
  type LarderErrorCode,
  type LarderErrorDetails,
} from './errors.ts'
export { type Causation, causedBy, correlationOf } from './event/causation.ts'
export { type CloudEvent, type CloudEventOptions, toCloudEvent } from './event/cloud-event.ts'
export {
  type AnyEventDefinition,
  defineEvent,
  type EventDefinition,
  type EventOf,
  type EventOptions,
  type NewEventOf,
  type NewEventOptions,
  withMetadata,
} from './event/define-event.ts'
export type { CurrentEvent, RetiredEvent, Upcaster } from './event/event-definition.ts'
export type { ExpectedVersion } from './event/expected-version.ts'
export { type EventFromCloud, type FromCloudEventOptions, fromCloudEvent } from './event/from-cloud-event.ts'
export type { JsonArray, JsonObject, JsonValue } from './event/json.ts'
export type { Middleware, MiddlewareContext } from './event/middleware.ts'
export type { DomainEvent, EventMetadata, NewEvent, RecordedEvent, StoredEvent } from './event/recorded-event.ts'
export { type RetireOptions, retireEvent } from './event/retire-event.ts'
export type { StandardSchema } from './event/standard-schema.ts'
export { from } from './event/upcaster.ts'
export { type Domain, type DomainOptions, defineDomain } from './projection/define-domain.ts'
export {
  type AnyProjection,
  defineProjection,
  type Evolve,
  type FaultPolicy,
  type KeyedProjection,
  type SingleProjection,
  type StateOf,
} from './projection/define-projection.ts'
