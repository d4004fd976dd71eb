import { aggregateStream } from '../aggregate/aggregate-stream.ts'
import { decideCommand } from '../aggregate/decide-command.ts'
import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { isLarderError, LarderError } from '../errors.ts'
import { type StorableCommit, storable } from '../event/commit-draft.ts'
import type { JsonValue } from '../event/json.ts'
import type { KeptCommand } from '../event/kept-command.ts'
import { type PackedEvents, unpackEvents } from '../event/packed-events.ts'
import { prepareCommit } from '../event/prepare-commit.ts'
import type { EventMetadata } from '../event/recorded-event.ts'
import { showValue } from '../event/show-value.ts'
import type { Clock, Ids, Logger } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import type { Snapshots } from '../snapshot/snapshots.ts'
import type { Stored } from '../store/append-transaction.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import { type FoundCommit, findCommit } from '../store/find-commit.ts'
import { damagedError } from './damaged-error.ts'
import { type LoadedAggregate, loadAggregate, type SeenAggregate } from './load-aggregate.ts'
import { Redecider } from './redecider.ts'
import { Turns } from './turns.ts'

export interface AggregateDeskOptions {
  readonly domain: Domain
  readonly store: EventStore
  readonly clock: Clock
  readonly ids: Ids
  readonly snapshots: Snapshots | undefined
  /** The append of everybody. */
  readonly append: (commit: StorableCommit, options: { lookUp: boolean }) => Promise<Stored>
  readonly logger: Logger
  /** Whether this tab talks to the server. */
  readonly isLeader: () => boolean
  /** Commands were decided again: tell those who watch, and the server. */
  readonly onDecided: (changes: readonly CommitChange[]) => void
}

/** A command as it crosses from the page. */
export interface ExecuteRequest {
  readonly aggregate: string
  readonly id: string
  readonly command: string
  /** Undefined for a command that takes none. */
  readonly args: JsonValue | undefined
  readonly commitId: string
  readonly metadata: EventMetadata | undefined
  /** How often it is decided before a conflict is told. */
  readonly maxAttempts: number
  /** The id may have been used before: by the app, or by the same call before a worker died. */
  readonly lookUp: boolean
  /** Whether the answer carries the events: those that are stored now, or also those that were before. Undefined: nobody wants them. */
  readonly events?: 'fresh' | 'any' | undefined
}

/** A commit that was decided here, with the ids of its events. */
export interface Executed extends Stored {
  readonly eventIds: readonly string[]
  /** Where the request asks for them. */
  readonly events?: PackedEvents
}

/** Loads aggregates, and has them decide. */
export class AggregateDesk {
  readonly #options: AggregateDeskOptions
  /** Commands of this tab that write the same stream go one after another: they would only be in each other's way. */
  readonly #turns = new Turns()

  readonly #redecider: Redecider

  constructor(options: AggregateDeskOptions) {
    this.#options = options
    this.#redecider = new Redecider(options)
  }

  /** Resolves when nothing is decided any more. */
  stop(): Promise<void> {
    return this.#redecider.stop()
  }

  /** The state as plain data, and the version. */
  async load(name: string, id: string): Promise<LoadedAggregate> {
    const aggregate = this.#aggregate(name)
    const { state, version } = await this.#load(aggregate, id, aggregateStream(aggregate, id))
    return { state: aggregate.toPlain(state), version }
  }

  /**
   * Loads, decides and appends; when somebody else was quicker, all of it again. Where its commit is stored already, answers with that, and decides
   * nothing. Undefined when the command makes nothing.
   *
   * @throws LarderError `refused`, `validation`, `command-failed`, `aggregate-unknown`, `aggregate-faulted`, `storage-damaged` where events of its stream are known to be
   * damaged or missing, and what `append` throws
   */
  async execute(request: ExecuteRequest): Promise<Executed | undefined> {
    const aggregate = this.#aggregate(request.aggregate)
    const stream = aggregateStream(aggregate, request.id)
    const now = this.#options.clock.now()
    return this.#turns.take(stream, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#attempt(aggregate, stream, request, now)
        } catch (error) {
          if (attempt >= request.maxAttempts || !canBeDecidedAgain(error, stream, request.lookUp && attempt === 1))
            throw error
        }
      }
    })
  }

  async #attempt(
    aggregate: AnyAggregate,
    stream: string,
    request: ExecuteRequest,
    now: number,
  ): Promise<Executed | undefined> {
    const { id, command: name, args, commitId, metadata, lookUp } = request
    const storedBefore = async () => (lookUp ? await this.#storedBefore(request, stream) : undefined)
    const loaded = await this.#load(aggregate, id, stream).catch(async (error: unknown) => {
      const known = await storedBefore()
      if (known === undefined) throw error
      return known
    })
    if (!('state' in loaded)) return loaded
    const { state, version, generation, damage } = loaded
    // After the load: a commit that is not there by now is not in the state either, and one that is must not be decided on again.
    const known = await storedBefore()
    if (known !== undefined) return known
    if (damage !== undefined) throw damagedError(stream, damage, this.#options.store.known.meta)
    const at = new Date(now).toISOString()
    const decided = decideCommand(aggregate, stream, state, { id, name, args, now: at, line: commitId })
    if (decided.kind === 'refused') throw refusedError(aggregate, name, decided.refusal)
    if (decided.events.length === 0) return undefined
    const { domain, ids, append } = this.#options
    const commit = prepareCommit(
      decided.events,
      { stream, id: commitId, expectedVersion: version, ...(metadata === undefined ? {} : { metadata }) },
      { catalog: domain.catalog, middleware: domain.middleware, now: () => now, newId: () => ids.next() },
    )
    const stored = await append({ ...storable(commit), command: keptOf(request), generation }, { lookUp })
    const isWanted = request.events === 'any' || (request.events === 'fresh' && stored.eventIds === undefined)
    return {
      ...stored,
      eventIds: stored.eventIds ?? commit.eventIds,
      ...(isWanted ? { events: commit.events } : {}),
    }
  }

  /** @throws LarderError `id-reused` when the commit of this id has nothing to do with the aggregate */
  async #storedBefore(request: ExecuteRequest, stream: string): Promise<Executed | undefined> {
    const { commitId } = request
    const found = await this.#find(commitId)
    if (found === undefined) return undefined
    const { events, position } = found
    if (events?.streams.some((each) => each !== stream) === true) throw reusedError(commitId)
    const eventIds = events === undefined ? [] : unpackEvents(events).map(({ id }) => id)
    const isWanted = request.events === 'any' && events !== undefined
    return { commitId, position, eventIds, ...(isWanted ? { events } : {}) }
  }

  /** With its events, also where they are sealed. */
  async #find(commitId: string): Promise<FoundCommit | undefined> {
    const { store } = this.#options
    const found = await store.find(commitId)
    if (found?.sealedIn === undefined) return found
    const [opened] = await store.open([found.sealedIn])
    return opened === undefined
      ? found
      : store.read((tx, cache) => findCommit(tx, cache, commitId, new Map([[opened.last, opened]])))
  }

  #load(aggregate: AnyAggregate, id: string, stream: string): Promise<SeenAggregate> {
    const { store, domain, snapshots } = this.#options
    return loadAggregate({ store, catalog: domain.catalog, snapshots }, aggregate, id, stream)
  }

  #aggregate(name: string): AnyAggregate {
    const aggregate = this.#options.domain.aggregates.get(name)
    if (aggregate !== undefined) return aggregate
    throw new LarderError(
      'aggregate-unknown',
      `No aggregate ${showValue(name)} in this domain: list it in defineDomain({ aggregates })`,
      { details: { aggregate: name } },
    )
  }
}

/**
 * Somebody else wrote the stream between load and append. Where the id was used before, that may have been the same command, given twice at once: the
 * next attempt finds its commit.
 */
function canBeDecidedAgain(error: unknown, stream: string, mayBeRepeated: boolean): boolean {
  if (isLarderError(error, 'concurrency')) return error.details.stream === stream
  return mayBeRepeated && isLarderError(error, 'id-reused')
}

function keptOf({ aggregate, id, command, args }: ExecuteRequest): KeptCommand {
  return { aggregate, id, command, ...(args === undefined ? {} : { args }) }
}

function refusedError(
  { name }: AnyAggregate,
  command: string,
  { code, message }: { readonly code: string; readonly message: string },
): LarderError<'refused'> {
  return new LarderError('refused', message, { details: { reason: code, aggregate: name, command } })
}

function reusedError(id: string): LarderError<'id-reused'> {
  return new LarderError(
    'id-reused',
    `Commit ${id} is stored already, with other events: give every new command a new id`,
    {
      details: { id },
    },
  )
}
