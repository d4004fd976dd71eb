import { LarderError } from '../errors.ts'
import type { ExpectedVersions } from './expected-version.ts'
import type { KeptCommand } from './kept-command.ts'
import { EVENT_LIMITS } from './limits.ts'
import { type PackedEvents, packTexts } from './packed-events.ts'
import type { StoredEvent } from './recorded-event.ts'

/** What is stored of a commit, and crosses from the page to the engine for that. */
export interface StorableCommit {
  readonly id: string
  readonly events: PackedEvents
  /** Only streams with an expectation that is not `'any'`. */
  readonly expected: ExpectedVersions
  /** Of a commit that an aggregate decided. */
  readonly command?: KeptCommand
  /**
   * Of the outbox that it was decided on: what waits in its stream may have been replaced since by as many events as there were. Absent: only the version counts.
   */
  readonly generation?: number
}

/** A commit that was checked and packed, ready to be stored. */
export interface PreparedCommit extends StorableCommit {
  readonly eventIds: readonly string[]
}

/** Without what only the page wants to know: a thousand ids take longer to cross than all the events. */
export function storable({ id, events, expected }: PreparedCommit): StorableCommit {
  return { id, events, expected }
}

/** An event that was checked, and its JSON. */
export interface PreparedEvent {
  readonly event: Pick<StoredEvent, 'id' | 'type' | 'stream' | 'time'>
  readonly text: string
  /** UTF-8 bytes of `text`. */
  readonly bytes: number
  /** Within what is appended, which may be more than its commit. */
  readonly index: number
  /** Whether its id was drawn for it: another like it there is only where somebody gives it. */
  readonly hasFreshId: boolean
}

/** The whole event, as a reader of the log is given it. */
export function storedEventOf({ text }: Pick<PreparedEvent, 'text'>): StoredEvent {
  return JSON.parse(text) as StoredEvent
}

/** A commit as it is gathered, event by event. */
export class CommitDraft {
  readonly id: string
  readonly #events: PreparedEvent['event'][] = []
  readonly #texts: string[] = []
  readonly #ids: string[] = []
  /** The same, from the first id on that somebody gave. */
  #known: Set<string> | undefined
  #bytes = 0

  constructor(id: string) {
    this.id = id
  }

  get count(): number {
    return this.#events.length
  }

  /** Of JSON, with the commas. */
  get bytes(): number {
    return this.#bytes
  }

  /** @throws LarderError `id-duplicate`, `commit-too-large` */
  add(prepared: PreparedEvent): void {
    this.check(prepared)
    const { event, text, bytes } = prepared
    this.#ids.push(event.id)
    this.#known?.add(event.id)
    this.#bytes += bytes + 1
    this.#events.push(event)
    this.#texts.push(text)
  }

  /**
   * Whether there is room for it.
   *
   * @throws LarderError `id-duplicate`, `commit-too-large`
   */
  check({ event, bytes, hasFreshId, index }: PreparedEvent): void {
    if (!hasFreshId) this.#known ??= new Set(this.#ids)
    if (this.#known?.has(event.id) === true) {
      throw new LarderError(
        'id-duplicate',
        `Event ${index} (${event.type}) has the id ${event.id}, as one in front of it has; every event of an append has its own`,
        { details: { id: event.id, type: event.type, event: index } },
      )
    }
    if (this.#bytes + bytes + 1 > EVENT_LIMITS.commitBytes) throw tooLarge(this.count + 1, this.#bytes + bytes + 1)
  }

  finish(expected: (streams: readonly string[]) => ExpectedVersions = () => ({})): PreparedCommit {
    const events = packTexts(this.#events, this.#texts)
    return { id: this.id, events, eventIds: this.#ids, expected: expected(events.streams) }
  }
}

export function tooLarge(events: number, bytes: number): LarderError<'commit-too-large'> {
  const { commitEvents: maxEvents, commitBytes: maxBytes } = EVENT_LIMITS
  return new LarderError(
    'commit-too-large',
    `A commit has at most ${maxEvents} events and ${maxBytes} bytes of JSON; append in several commits`,
    {
      details: { events, bytes, maxEvents, maxBytes },
    },
  )
}
