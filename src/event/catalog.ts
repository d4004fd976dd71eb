import { argumentError, LarderError } from '../errors.ts'
import { checkPayload } from './check-payload.ts'
import { closeMatches } from './close-matches.ts'
import { deepFreeze } from './deep-freeze.ts'
import { derivedId } from './derived-id.ts'
import type { AnyEventDefinition, RetiredEvent, Upcaster, UpcastResult } from './event-definition.ts'
import type { DomainEvent, NewEvent } from './recorded-event.ts'
import { showValue } from './show-value.ts'
import { checkSchema, type ReadableIssue } from './standard-schema.ts'

/** What reading a stored event with today's definitions gives. What cannot be read is kept in the log, and skipped until an update can. */
export type ReadResult =
  | { readonly kind: 'events'; readonly events: readonly DomainEvent[] }
  | { readonly kind: 'unknown-type' }
  | { readonly kind: 'too-new'; readonly known: number }
  | { readonly kind: 'unreadable'; readonly issues: readonly ReadableIssue[] }

/** The event definitions of a domain, by type, and what becomes of stored events that are older. */
export class EventCatalog {
  readonly #definitions: ReadonlyMap<string, AnyEventDefinition>
  readonly #retired: ReadonlyMap<string, RetiredEvent>
  /** By type: the stored types that may be read as it, where there are others than itself. */
  readonly #sources = new Map<string, Set<string>>()

  readonly #freezes: boolean

  /**
   * @param freezes what is read cannot be changed, so that whoever tries is told; it costs about as much as parsing
   * @throws LarderError `argument` when a type is defined twice, or an upcaster leads to a type that is not listed
   */
  constructor(definitions: readonly AnyEventDefinition[], retired: readonly RetiredEvent[] = [], freezes = false) {
    this.#freezes = freezes
    const types = new Set<string>()
    for (const { type } of [...definitions, ...retired]) {
      if (types.has(type))
        throw argumentError('events', `Event type ${type} is defined twice; a type has one definition, or is retired`)
      types.add(type)
    }
    this.#definitions = new Map(definitions.map((definition) => [definition.type, definition]))
    this.#retired = new Map(retired.map((each) => [each.type, each]))
    for (const { type, upcasters } of [...definitions, ...retired])
      for (const { into } of upcasters.values()) for (const target of into) this.#addSource(target, type)
  }

  get types(): readonly string[] {
    return [...this.#definitions.keys()]
  }

  find(type: string): AnyEventDefinition | undefined {
    return this.#definitions.get(type)
  }

  /** @throws LarderError `unknown-type` with the names that there are, and those that may be meant */
  get(type: string): AnyEventDefinition {
    const definition = this.#definitions.get(type)
    if (definition !== undefined) return definition
    const details = {
      type: typeof type === 'string' ? type : showValue(type),
      known: this.types,
      // Longer than any type can be, it is none that was misspelt.
      close: typeof type === 'string' && type.length <= 160 ? closeMatches(type, this.types) : [],
    }
    if (this.#retired.has(type))
      throw new LarderError(
        'unknown-type',
        `Event type ${type} is retired: what is stored is read, and no more of it can be appended`,
        { details },
      )
    const [meant] = details.close
    const advice =
      meant === undefined
        ? 'define it with defineEvent and list it in defineDomain({ events })'
        : `did you mean ${meant}?`
    throw new LarderError('unknown-type', `No event type ${showValue(type)} in this domain: ${advice}`, { details })
  }

  /** The last version of a type that can be read; undefined where the type is unknown. */
  versionOf(type: string): number | undefined {
    return (this.#definitions.get(type) ?? this.#retired.get(type))?.version
  }

  /** The stored types that may be read as one of these: an event that was split or renamed is stored under its old type. */
  sourcesOf(types: ReadonlySet<string>): ReadonlySet<string> {
    if (this.#sources.size === 0) return types
    return new Set([...types, ...[...types].flatMap((type) => [...(this.#sources.get(type) ?? [])])])
  }

  /** Whether a stored event is what {@link read} would answer, and nothing has to be done to it. */
  isCurrent(stored: DomainEvent): boolean {
    return !this.#freezes && this.#definitions.get(stored.type)?.version === stored.version
  }

  /** Says which stored events can be read as one of these types: another text, another reading. */
  readingOf(types: ReadonlySet<string>): string {
    const versionsOf = (type: string) => {
      const known = this.#definitions.get(type) ?? this.#retired.get(type)
      return known === undefined ? [] : [...new Set([...known.upcasters.keys(), known.version])].sort((a, b) => a - b)
    }
    return [...this.sourcesOf(types)]
      .sort()
      .map((type) => `${type}@${versionsOf(type)}`)
      .join(' ')
  }

  /** Reads one stored event: upcasts what was written in an older version. Never throws, and never changes what is stored. */
  read(stored: DomainEvent): ReadResult {
    if (this.#freezes) deepFreeze(stored)
    const definition = this.#definitions.get(stored.type)
    if (definition?.version === stored.version) return { kind: 'events', events: [stored] }
    const known = definition ?? this.#retired.get(stored.type)
    if (known === undefined) return { kind: 'unknown-type' }
    if (stored.version > known.version) return { kind: 'too-new', known: known.version }
    if (known.version === Number.POSITIVE_INFINITY) return NOTHING
    const upcaster = known.upcasters.get(stored.version)
    if (upcaster === undefined) return unreadable('version', `No upcaster from version ${stored.version}`)
    try {
      const result = upcaster.upcast(stored.data)
      return result.ok
        ? this.#place(stored, result, definition, upcaster)
        : { kind: 'unreadable', issues: result.issues }
    } catch (error) {
      return unreadable('', `The upcaster threw ${error instanceof Error ? error.name : 'something'}`)
    }
  }

  /** Checks data that claims to be in the definition's current version; answers it as the schema returns it. */
  check(definition: AnyEventDefinition, data: unknown): ReturnType<typeof checkSchema> {
    return checkSchema(definition.schema, data)
  }

  #addSource(target: string, type: string): void {
    if (!this.#definitions.has(target))
      throw argumentError('events', `An upcaster of ${type} leads to ${target}, which is not in the domain's events`)
    const known = this.#sources.get(target)
    if (known === undefined) this.#sources.set(target, new Set([type]))
    else known.add(type)
  }

  /** Puts what an upcaster answered in the stored event's place, checked like data that is appended. */
  #place(
    stored: DomainEvent,
    { events: made }: UpcastResult & { readonly ok: true },
    own: AnyEventDefinition | undefined,
    { into }: Upcaster,
  ): ReadResult {
    if (!Array.isArray(made)) return unreadable('', 'The upcaster answered no array of events')
    const events: DomainEvent[] = []
    const counts = new Map<string, number>()
    for (const each of made) {
      const definition = each.type === undefined ? own : this.#definitions.get(each.type)
      if (definition === undefined || (each.type !== undefined && !(into.has(each.type) && isBare(each, definition))))
        return unreadable('', 'The upcaster answered something else than a bare event of the definitions that it names')
      const { type, version } = definition
      const checked = checkSchema(definition.schema, each.data)
      if (!checked.ok) return { kind: 'unreadable', issues: checked.issues }
      const nth = counts.get(type) ?? 0
      counts.set(type, nth + 1)
      const id = events.length === 0 ? stored.id : derivedId(stored.id, `${type} ${nth}`)
      const event = { ...stored, id, type, version, data: checkPayload(checked.value, 'data') }
      events.push(this.#freezes ? deepFreeze(event) : event)
    }
    return { kind: 'events', events }
  }
}

const NOTHING: ReadResult = { kind: 'events', events: [] }

function unreadable(path: string, message: string): ReadResult {
  return { kind: 'unreadable', issues: [{ path, message }] }
}

/** Stream, id and metadata are the stored event's: an event that names others would be misread as having them. */
function isBare(event: NewEvent, { version }: AnyEventDefinition): boolean {
  const { stream, id, metadata } = event
  return event.version === version && stream === undefined && id === undefined && metadata === undefined
}
