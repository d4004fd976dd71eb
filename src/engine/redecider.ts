import { aggregateStream } from '../aggregate/aggregate-stream.ts'
import type { AnyAggregate } from '../aggregate/define-aggregate.ts'
import { applyDecisions, type Decision } from '../dead-letter/apply-decisions.ts'
import { isLarderError, nameOfError } from '../errors.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import type { Snapshots } from '../snapshot/snapshots.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { PendingRecord } from '../store/records.ts'
import { type AggregateInFront, loadInFront } from './load-aggregate.ts'
import { canBeDecided, redecideStream, type StreamInFront } from './redecide-stream.ts'

export interface RedeciderOptions {
  readonly domain: Domain
  readonly store: EventStore
  readonly snapshots: Snapshots | undefined
  readonly clock: Clock
  readonly logger: Logger
  /** Whether this tab talks to the server: then it goes first, and the others see to what it leaves. */
  readonly isLeader: () => boolean
  readonly onDecided: (changes: readonly CommitChange[]) => void
}

/** Streams that are decided in one transaction. Each transaction has every tab read the outbox anew, so it is not one stream each. */
const STREAMS_AT_ONCE = 64
/** What the leading tab leaves lie for so long is not known to it. */
const LEFT_BY_LEADER_MS = 1000
/** Before it is tried again where the storage failed. */
const AGAIN_MS = 5000

/**
 * Decides the kept commands again of commits that stand on what is not so any more. A commit whose command this tab's domain does not know is left
 * alone: another tab may.
 *
 * None of them is in a request meanwhile: none is sent before it was decided, and what makes one wait for that is the answer to the request that it was in,
 * or something that it was waiting for anyway.
 */
export class Redecider {
  readonly #options: RedeciderOptions
  readonly #unsubscribe: () => void
  #running: Promise<void> | undefined
  #cancel: (() => void) | undefined
  /** The log has changed since it was begun. */
  #isAsked = false
  #isStopped = false
  /** Streams that were found to lack events, in the log as it has been since it was last repaired, with the id of what is damaged. */
  readonly #damaged = new Map<string, string>()
  #damagedIn = ''

  constructor(options: RedeciderOptions) {
    this.#options = options
    this.#unsubscribe = options.store.subscribe(() => this.#look())
    // What was left of the time before.
    if (this.#isAnyDue) this.#startIn(LEFT_BY_LEADER_MS)
  }

  #look(): void {
    if (this.#isStopped) return
    if (this.#running !== undefined) this.#isAsked = true
    else if (!this.#isAnyDue) return
    else if (this.#options.isLeader()) this.#start()
    else this.#startIn(LEFT_BY_LEADER_MS)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe()
    this.#cancel?.()
    await this.#running
  }

  #startIn(delayMs: number): void {
    this.#cancel ??= this.#options.clock.after(delayMs, () => this.#start())
  }

  #start(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#isStopped || this.#running !== undefined) return
    this.#isAsked = false
    this.#running = this.#run().then(
      () => this.#end(),
      (error: unknown) => this.#fail(error),
    )
  }

  #end(): void {
    this.#running = undefined
    if (this.#isAsked) this.#look()
  }

  #fail(error: unknown): void {
    this.#running = undefined
    if (this.#isStopped) return
    this.#options.logger.error('engine: commands could not be decided again yet', { error: nameOfError(error) })
    this.#startIn(AGAIN_MS)
  }

  async #run(): Promise<void> {
    const { store, clock, onDecided } = this.#options
    await store.refresh()
    while (!this.#isStopped) {
      const { generation } = store.known.meta
      const { head } = store.known
      const decisions = await this.#decide(generation, head)
      if (decisions?.length === 0) return
      const changes =
        decisions &&
        (await store.transition(async (tx, cache) => {
          if (cache.meta.generation !== generation || cache.head !== head) return undefined
          return applyDecisions(tx, cache, decisions, clock.now())
        }))
      if (changes !== undefined) onDecided(changes)
      else await store.refresh()
    }
  }

  /** Undefined where the log has moved meanwhile. */
  async #decide(generation: number, head: number): Promise<Decision[] | undefined> {
    const { domain, store } = this.#options
    const { pending: outbox, deadLetters } = store.known
    const surroundings = { domain, head, outbox, isRefused: (id: string) => deadLetters.has(id) }
    const decisions: Decision[] = []
    let streams = 0
    for (const { aggregate, record, stream } of this.#due()) {
      const front = await this.#loadInFront(aggregate, stream, record)
      if (front.generation !== generation || front.head !== head) return undefined
      // Nothing is decided without them, and those behind do not wait for it.
      if (front.damage !== undefined) this.#damaged.set(stream, front.damage)
      else {
        decisions.push(...redecideStream(aggregate, front, surroundings))
        if (++streams === STREAMS_AT_ONCE) break
      }
    }
    return decisions
  }

  /** The first that is to be decided again of each stream. Those of streams that are damaged wait for a repair, which says that the log has changed. */
  *#due(): Generator<Due, void, void> {
    const { domain, store } = this.#options
    const { pending, head, meta } = store.known
    const log = JSON.stringify([meta.device, meta.repairs])
    if (this.#damagedIn !== log) this.#damaged.clear()
    this.#damagedIn = log
    const known = new Set(store.damages.all.map(({ id }) => id))
    const seen = new Set<string>()
    for (const id of pending.toDecide) {
      const record = pending.find(id)
      const aggregate = record?.command && domain.aggregates.get(record.command.aggregate)
      if (record?.command === undefined || aggregate === undefined || !canBeDecided(record, { domain, head })) continue
      const stream = aggregateStream(aggregate, record.command.id)
      // One of a build that kept this aggregate elsewhere is left to that.
      if (!Object.hasOwn(record.basis, stream) || seen.has(stream)) continue
      if (known.has(this.#damaged.get(stream) ?? '')) continue
      seen.add(stream)
      yield { aggregate, record, stream }
    }
  }

  get #isAnyDue(): boolean {
    return this.#due().next().done !== true
  }

  /** An aggregate that cannot be folded up to here cannot decide either. */
  async #loadInFront(
    aggregate: AnyAggregate,
    stream: string,
    { command, order }: PendingRecord,
  ): Promise<StreamInFront & Pick<AggregateInFront, 'generation' | 'head' | 'damage'>> {
    const { store, domain, snapshots } = this.#options
    const { meta, head, pending } = store.known
    try {
      const source = { store, catalog: domain.catalog, snapshots }
      const { state, ...front } = await loadInFront(source, aggregate, command?.id ?? '', stream, order)
      return { ...front, stream, state: { known: state } }
    } catch (error) {
      const isDamaged = isLarderError(error, 'storage-damaged')
      if (!isDamaged && !isLarderError(error, 'aggregate-faulted')) throw error
      const { generation } = meta
      const seen = { generation, head, damage: isDamaged ? error.details.record : undefined }
      return { ...seen, stream, state: { error }, confirmed: 0, pending: pending.inStream(stream) }
    }
  }
}

interface Due {
  readonly aggregate: AnyAggregate
  readonly record: PendingRecord
  readonly stream: string
}
