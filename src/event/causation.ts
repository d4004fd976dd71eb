import type { EventMetadata, RecordedEvent } from './recorded-event.ts'

/** What says where an event came from; see {@link causedBy}. */
export interface Causation extends EventMetadata {
  readonly correlationId: string
  readonly causationId: string
}

/**
 * The correlation of an event: what it carries, or else the id of its commit. An append that answers to nothing begins a correlation, and the id of
 * its commit, which its receipt tells, is the name of it; so such an event need not carry one.
 */
export function correlationOf({ metadata, commitId }: Pick<RecordedEvent, 'metadata' | 'commitId'>): string {
  return metadata.correlationId ?? commitId
}

/**
 * Metadata for events that are appended because of another: `append(Reminded(…), { metadata: causedBy(event) })`. They carry its correlation on, and
 * its id as what caused them, as is the custom in message systems (Hohpe and Woolf, Correlation Identifier; `$correlationId` and `$causationId` of
 * EventStoreDB). Handlers do so by themselves.
 *
 * `events({ where: { correlationId: receipt.commitId } })` is then all that came of an append, and the append itself.
 */
export function causedBy(event: Pick<RecordedEvent, 'id' | 'metadata' | 'commitId'>): Causation {
  return { correlationId: correlationOf(event), causationId: event.id }
}
