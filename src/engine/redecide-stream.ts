import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { redecide } from '../aggregate/redecide.ts'
import type { Decision } from '../dead-letter/apply-decisions.ts'
import { isLarderError, type LarderError } from '../errors.ts'
import { derivedId } from '../event/derived-id.ts'
import { countOf, unpackEvents } from '../event/packed-events.ts'
import { type PreparedCommit, prepareCommit } from '../event/prepare-commit.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { Domain } from '../projection/define-domain.ts'
import { checksumOfEvents } from '../store/check-segment.ts'
import { PendingQueue } from '../store/pending-queue.ts'
import { isAccepted, type PendingRecord } from '../store/records.ts'
import { conflictIn } from '../sync/conflict.ts'
import { foldStream } from './load-aggregate.ts'

/** After so many times something else is always first: a person is asked. */
export const MOST_REDECISIONS = 10

/** A stream as it was seen at one moment. */
export interface StreamInFront {
  readonly stream: string
  /** Of the aggregate, in front of the first commit that is to be decided again; or why nobody can say. */
  readonly state: { readonly known: unknown } | { readonly error: LarderError }
  /** Confirmed version. */
  readonly confirmed: number
  /** All that waits in the stream, in order. */
  readonly pending: readonly PendingRecord[]
}

export interface RedecideSurroundings {
  readonly domain: Domain
  /** The log is here up to this position. */
  readonly head: number
  /** The outbox that the stream was seen in. */
  readonly outbox: Pick<PendingQueue, 'toDecide' | 'isHeld'>
  readonly isRefused: (id: string) => boolean
}

/** Whether this tab can decide a commit again, and all is here that it has to see. */
export function canBeDecided(record: PendingRecord, { domain, head }: Pick<RedecideSurroundings, 'domain' | 'head'>) {
  const { command, decideFrom = 0 } = record
  return (
    command !== undefined &&
    decideFrom <= head &&
    domain.aggregates.get(command.aggregate)?.commands.has(command.command) === true
  )
}

/**
 * Decides the commands of one stream again, each on what the ones in front of it came to. Pure: the same again answers the same, ids and all.
 */
export function redecideStream(
  aggregate: AnyAggregate,
  front: StreamInFront,
  surroundings: RedecideSurroundings,
): Decision[] {
  return new Redecision(aggregate, front, surroundings).run()
}

class Redecision {
  readonly #aggregate: AnyAggregate
  readonly #front: StreamInFront
  readonly #surroundings: RedecideSurroundings
  readonly #decisions: Decision[] = []
  /** Ids of those that are not what others stand on any more, and of those that stand on them. */
  readonly #changed = new Set<string>()
  readonly #refused = new Set<string>()
  /** The stream as it becomes. */
  readonly #queue: PendingQueue
  #state: StreamInFront['state']

  constructor(aggregate: AnyAggregate, front: StreamInFront, surroundings: RedecideSurroundings) {
    this.#aggregate = aggregate
    this.#front = front
    this.#surroundings = surroundings
    this.#state = front.state
    const { outbox, isRefused } = surroundings
    this.#queue = new PendingQueue([], (id) => isRefused(id) || outbox.isHeld(id) || this.#refused.has(id))
  }

  run(): Decision[] {
    const { outbox } = this.#surroundings
    let hasBegun = false
    for (const record of this.#front.pending) {
      const mayBeDecided = canBeDecided(record, this.#surroundings) && !isAccepted(record)
      const isDue = mayBeDecided && (outbox.toDecide.has(record.id) || this.#standsOnChanged(record))
      if (isDue) {
        hasBegun = true
        this.#decide(record)
      } else {
        if (this.#standsOnChanged(record)) this.#changed.add(record.id)
        this.#keep(record, hasBegun)
      }
    }
    return this.#decisions
  }

  #standsOnChanged({ basis }: PendingRecord): boolean {
    const behind = basis[this.#front.stream]?.behind ?? []
    return behind.some(({ id }) => this.#changed.has(id))
  }

  /** @param isBehind the state in front does not hold it yet */
  #keep(record: PendingRecord, isBehind: boolean): void {
    this.#queue.push(record)
    if (isBehind && !this.#queue.isHeld(record.id) && !this.#surroundings.outbox.isHeld(record.id)) this.#fold(record)
  }

  #decide(record: PendingRecord): void {
    this.#changed.add(record.id)
    const outcome = this.#outcomeOf(record)
    if (typeof outcome === 'string') this.#refuse(record, outcome)
    else if (outcome.length === 0) this.#decisions.push({ kind: 'needless', record })
    else this.#replace(record, outcome)
  }

  /** What happens instead, or the sentence that says why nothing can. */
  #outcomeOf({ command, madeAt, replaces, id, redecided = 0 }: PendingRecord): readonly NewEvent[] | string {
    if ('error' in this.#state) return this.#state.error.message
    if (redecided >= MOST_REDECISIONS || command === undefined) return conflictIn(this.#front.stream).message
    const context = { now: new Date(madeAt).toISOString(), line: replaces[0] ?? id }
    const outcome = redecide(this.#surroundings.domain, this.#state.known, command, context)
    switch (outcome.kind) {
      case 'events':
        return outcome.events
      case 'refused':
        return outcome.refusal.message
      case 'failed':
        return outcome.error.message
      default:
        return conflictIn(this.#front.stream).message
    }
  }

  #refuse(record: PendingRecord, message: string): void {
    this.#refused.add(record.id)
    this.#decisions.push({ kind: 'refused', record, message })
  }

  #replace(record: PendingRecord, events: readonly NewEvent[]): void {
    try {
      const { stream, confirmed } = this.#front
      const commit = this.#prepare(record, events)
      const { decideFrom: _done, ...kept } = record
      const by: PendingRecord = {
        ...kept,
        id: commit.id,
        count: countOf(commit.events),
        events: commit.events,
        expected: commit.expected,
        basis: { [stream]: { confirmed, behind: [...this.#queue.draftEnds().behind(stream)] } },
        replaces: [...record.replaces, record.id],
        verdict: undefined,
        attempts: 0,
        checksum: checksumOfEvents(commit.events),
        redecided: (record.redecided ?? 0) + 1,
      }
      this.#queue.push(by)
      this.#decisions.push({ kind: 'replaced', record, by })
      this.#fold(by)
    } catch (error) {
      if (!isLarderError(error)) throw error
      this.#refuse(record, error.message)
    }
  }

  /** Made when it was made at first, and with the metadata that it was given then. */
  #prepare(record: PendingRecord, events: readonly NewEvent[]): PreparedCommit {
    const { stream, confirmed } = this.#front
    const { catalog, middleware } = this.#surroundings.domain
    const [first] = unpackEvents(record.events)
    const id = derivedId(record.id, 'decided again')
    let count = 0
    return prepareCommit(
      events,
      {
        ...{ stream, id, expectedVersion: confirmed + this.#queue.countInStream(stream) },
        ...(first === undefined ? {} : { metadata: first.metadata }),
      },
      { catalog, middleware, now: () => record.madeAt, newId: () => derivedId(id, `event ${++count}`) },
    )
  }

  #fold({ events }: PendingRecord): void {
    if ('error' in this.#state) return
    try {
      const { catalog } = this.#surroundings.domain
      this.#state = { known: foldStream(this.#aggregate, catalog, this.#front.stream, this.#state.known, events) }
    } catch (error) {
      if (!isLarderError(error, 'aggregate-faulted')) throw error
      this.#state = { error }
    }
  }
}
