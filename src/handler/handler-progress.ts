import type { RecordedEvent } from '../event/recorded-event.ts'
import type { HandlerRecord } from '../store/records.ts'

/** So many events are read ahead of the first that is not done, at least: what is kept of them stays small. */
const WINDOW = 1000

/** An event of the feed, and where the feed goes on behind it. */
export type FedEvent = RecordedEvent & { readonly cursor: string }

export interface FedBatch {
  readonly events: readonly FedEvent[]
  readonly cursor: string
  readonly atEnd: boolean
}

/** An event that is to be handled. */
export interface Entry {
  readonly event: FedEvent
  /** The last of its commit: only behind it does the cursor move. */
  readonly isLast: boolean
  isDone: boolean
  /** Attempts that failed. */
  attempts: number
  failedAt: number
  nextAttemptAt: number
  /** The attempt that is under way counts as one that failed until it says how it ended. */
  begun: { readonly at: number; readonly againAt: number } | undefined
  /** The last attempt that was counted has never said how it ended. */
  hasCrashed: boolean
}

/**
 * Which events are done: a cursor, in front of which all are, and the ids of those behind it. What a record says of events that have not been read again
 * is kept until they are.
 */
export class HandlerProgress {
  readonly #entries: Entry[] = []
  readonly #finished: Set<string>
  readonly #failing: Map<string, HandlerRecord['failing'][number]>
  #cursor: string
  /** Where reading goes on. */
  readCursor: string

  constructor({ cursor, finished, failing }: Pick<HandlerRecord, 'cursor' | 'finished' | 'failing'>) {
    this.#cursor = cursor
    this.readCursor = cursor
    this.#finished = new Set(finished)
    this.#failing = new Map(failing.map((each) => [each.id, each]))
  }

  get isFull(): boolean {
    return this.#entries.length >= WINDOW
  }

  /** Everything that was read is done. */
  get isIdle(): boolean {
    return this.#entries.length === 0
  }

  /** Answers what of a batch is to be handled. */
  take({ events, cursor, atEnd }: FedBatch): readonly Entry[] {
    const added: Entry[] = []
    for (const [index, event] of events.entries()) {
      const isLast = events[index + 1]?.commitId !== event.commitId
      const before = this.#failing.get(event.id)
      this.#failing.delete(event.id)
      const entry: Entry = {
        event,
        isLast,
        isDone: this.#finished.delete(event.id),
        attempts: before?.attempts ?? 0,
        failedAt: before?.failedAt ?? 0,
        nextAttemptAt: before?.nextAttemptAt ?? 0,
        begun: undefined,
        hasCrashed: before?.begun === true,
      }
      this.#entries.push(entry)
      if (!entry.isDone) added.push(entry)
    }
    this.readCursor = cursor
    this.#advance()
    // All that there is has been read again: what was not met is not asked for any more.
    if (atEnd && this.isIdle) {
      this.#finished.clear()
      this.#failing.clear()
    }
    return added
  }

  finish(entry: Entry): void {
    entry.isDone = true
    this.#advance()
  }

  /** As it is to be stored, with one more that is done. Where attempts are cut off by us, those that were counted before they were made are not. */
  state(alsoDone?: Entry, isCutOff = false): Pick<HandlerRecord, 'cursor' | 'finished' | 'failing'> {
    const isOver = (entry: Entry): boolean => entry.isDone || entry === alsoDone
    const done = this.#entries.filter(isOver).map(({ event }) => event.id)
    const failing = this.#entries.filter((entry) => !isOver(entry)).flatMap((entry) => failingOf(entry, isCutOff))
    return {
      cursor: this.#cursor,
      finished: [...this.#finished, ...done],
      failing: [...this.#failing.values(), ...failing],
    }
  }

  #advance(): void {
    let done = 0
    for (const [index, { event, isLast, isDone }] of this.#entries.entries()) {
      if (!isDone) break
      if (!isLast) continue
      done = index + 1
      this.#cursor = event.cursor
    }
    this.#entries.splice(0, done)
    if (this.isIdle) this.#cursor = this.readCursor
  }
}

function failingOf({ event, begun, attempts, failedAt, nextAttemptAt }: Entry, isCutOff: boolean) {
  const { id } = event
  if (begun !== undefined && !isCutOff)
    return [{ id, attempts: attempts + 1, failedAt: begun.at, nextAttemptAt: begun.againAt, begun: true as const }]
  return attempts > 0 ? [{ id, attempts, failedAt, nextAttemptAt }] : []
}
