import { argumentError, LarderError } from '../errors.ts'
import type { AnyEventDefinition } from './define-event.ts'
import type { DomainEvent } from './recorded-event.ts'
import { showValue } from './show-value.ts'
import { checkSchema, type ReadableIssue } from './standard-schema.ts'

/** What reading a stored event with today's definitions gives. What cannot be read is kept in the log, and skipped until an update can. */
export type ReadResult =
  | { readonly kind: 'events'; readonly events: readonly DomainEvent[] }
  | { readonly kind: 'unknown-type' }
  | { readonly kind: 'too-new'; readonly known: number }
  | { readonly kind: 'unreadable'; readonly issues: readonly ReadableIssue[] }

/** The event definitions of a domain, by type. */
export class EventCatalog {
  readonly #definitions: ReadonlyMap<string, AnyEventDefinition>

  /** @throws LarderError `argument` when two definitions have the same type */
  constructor(definitions: readonly AnyEventDefinition[]) {
    const byType = new Map<string, AnyEventDefinition>()
    for (const definition of definitions) {
      if (byType.has(definition.type))
        throw argumentError('events', `Event type ${definition.type} is defined twice; a type has one definition`)
      byType.set(definition.type, definition)
    }
    this.#definitions = byType
  }

  get types(): readonly string[] {
    return [...this.#definitions.keys()]
  }

  find(type: string): AnyEventDefinition | undefined {
    return this.#definitions.get(type)
  }

  /** @throws LarderError `unknown-type` with the names that there are */
  get(type: string): AnyEventDefinition {
    const definition = this.#definitions.get(type)
    if (definition !== undefined) return definition
    throw new LarderError(
      'unknown-type',
      `No event type ${showValue(type)} in this domain: define it with defineEvent and list it in defineDomain({ events })`,
      { details: { type: typeof type === 'string' ? type : showValue(type), known: this.types } },
    )
  }

  /** Reads one stored event: upcasts what was written in an older version. Never throws, and never changes what is stored. */
  read(stored: DomainEvent): ReadResult {
    const definition = this.#definitions.get(stored.type)
    if (definition === undefined) return { kind: 'unknown-type' }
    if (stored.version === definition.version) return { kind: 'events', events: [stored] }
    if (stored.version > definition.version) return { kind: 'too-new', known: definition.version }
    const upcaster = definition.upcasters.get(stored.version)
    if (upcaster === undefined) {
      return {
        kind: 'unreadable',
        issues: [{ path: 'version', message: `No upcaster from version ${stored.version}` }],
      }
    }
    try {
      const result = upcaster.upcast(stored.data)
      if (!result.ok) return { kind: 'unreadable', issues: result.issues }
      return { kind: 'events', events: [{ ...stored, version: definition.version, data: result.data }] }
    } catch (error) {
      return {
        kind: 'unreadable',
        issues: [{ path: '', message: `The upcaster threw ${error instanceof Error ? error.name : 'something'}` }],
      }
    }
  }

  /** Checks data that claims to be in the definition's current version; answers it as the schema returns it. */
  check(definition: AnyEventDefinition, data: unknown): ReturnType<typeof checkSchema> {
    return checkSchema(definition.schema, data)
  }
}
