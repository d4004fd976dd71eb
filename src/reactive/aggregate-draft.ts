import type { AnyAggregate, TypesOf } from '../aggregate/define-aggregate.ts'
import { evolveAggregate } from '../aggregate/evolve-aggregate.ts'
import type { AppliedEvents } from '../aggregate/sourced-aggregate.ts'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import type { LoadedAggregate } from '../engine/load-aggregate.ts'
import { argumentError } from '../errors.ts'
import { CommitDraft, storedEventOf, tooLarge } from '../event/commit-draft.ts'
import { EVENT_LIMITS } from '../event/limits.ts'
import { ofEvent } from '../event/of-event.ts'
import { commitIdOf, type PreparedCommit, prepareEvent, timeOf } from '../event/prepare-commit.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import { showValue } from '../event/show-value.ts'
import type { StateOf } from '../projection/define-projection.ts'
import { checkObject } from './check-options.ts'
import type { Receipt } from './receipt.ts'

export interface SaveOptions {
  /** Id of the commit, a UUID. Default: a fresh one. */
  id?: string
}

/** An aggregate that is being worked on. */
export interface AggregateDraft<A extends AnyAggregate> {
  readonly id: string
  readonly stream: string
  /** With all that was applied. */
  readonly state: StateOf<A>
  /** How many events its stream had when it was loaded, or saved last: without what was applied since. */
  readonly version: number
  /** What was applied and not saved yet. */
  readonly uncommitted: readonly NewEvent[]
  /**
   * Checks an event as `append` does, and folds it at once. Nothing is stored before `save`.
   *
   * @throws LarderError `argument` when the event is none of the aggregate's, names another stream, or a save was not brought to its end;
   * `aggregate-faulted` when evolve throws, and what `append` throws of an event. The draft is then as it was
   */
  apply(event: TypesOf<A>['event']): void
  /**
   * Stores what was applied as one commit, if the stream is still at `version`. Then the draft stands behind it, and can be worked on and saved again;
   * to save it with nothing new stores nothing, and answers a receipt without events.
   *
   * When it fails, nothing is tried again by itself, and the draft takes no more events. Saving it once more tries the same commit, which is stored once
   * whatever became of it before. After a `concurrency` that is of no use: edit anew.
   *
   * @throws LarderError `concurrency`, `id-reused`, `argument`, `timeout`, `worker-crashed` and the others of `append`
   */
  save(options?: SaveOptions): Promise<Receipt>
}

export interface DraftOptions {
  readonly client: Client
  readonly aggregate: AnyAggregate
  readonly id: string
  readonly stream: string
  readonly loaded: LoadedAggregate
  readonly receiptOf: (stored: Appended | undefined, commitId: string) => Receipt
}

export class Draft implements AppliedEvents {
  readonly id: string
  readonly stream: string
  readonly #options: DraftOptions
  #state: unknown
  #version: number
  #applied: NewEvent[] = []
  #commit: CommitDraft
  /** What is being saved, or could not be: nothing is added to it. */
  #sent: PreparedCommit | undefined
  #isSaving = false

  constructor(options: DraftOptions) {
    const { id, stream, loaded, client } = options
    this.id = id
    this.stream = stream
    this.#options = options
    this.#state = loaded.state
    this.#version = loaded.version
    this.#commit = new CommitDraft(client.prepareContext.newId())
  }

  get state(): unknown {
    return this.#state
  }

  get version(): number {
    return this.#version
  }

  get uncommitted(): readonly NewEvent[] {
    return [...this.#applied]
  }

  apply(given: NewEvent): void {
    const { aggregate, client } = this.#options
    if (this.#sent !== undefined)
      throw argumentError('event', 'This was not saved yet: wait for save, save it again, or edit anew')
    this.#checkOwn(given, this.#commit.count)
    if (this.#commit.count >= EVENT_LIMITS.commitEvents) throw tooLarge(this.#commit.count + 1, 0)
    const context = client.prepareContext
    const prepared = prepareEvent(given, this.#commit.count, timeOf(context), { stream: this.stream }, context)
    // Said before it is folded, because nothing that was folded can be taken back.
    this.#commit.check(prepared)
    this.#state = evolveAggregate(aggregate, this.#state, storedEventOf(prepared))
    this.#commit.add(prepared)
    this.#applied.push(given)
  }

  async save(options: SaveOptions = {}): Promise<Receipt> {
    checkObject('options', options)
    const { client, receiptOf } = this.#options
    if (this.#isSaving) throw argumentError('draft', 'This is being saved: wait for that first')
    const isRepeated = this.#sent !== undefined
    const commit = this.#sent ?? this.#finish(options.id)
    if (options.id !== undefined && options.id !== commit.id)
      throw argumentError('id', `This was to be saved as ${commit.id}: save it with that id, or without one`)
    if (this.#commit.count === 0) return receiptOf(undefined, commit.id)
    this.#sent = commit
    this.#isSaving = true
    try {
      const hasId = options.id !== undefined
      const stored = await client.appendPrepared(commit, isRepeated || hasId, isRepeated || !hasId)
      this.#version += this.#commit.count
      this.#commit = new CommitDraft(client.prepareContext.newId())
      this.#applied = []
      this.#sent = undefined
      return receiptOf(stored, commit.id)
    } finally {
      this.#isSaving = false
    }
  }

  #finish(id: string | undefined): PreparedCommit {
    const commit = this.#commit.finish(() => ({ [this.stream]: this.#version }))
    return id === undefined ? commit : { ...commit, id: commitIdOf(id, this.#options.client.prepareContext) }
  }

  #checkOwn(given: NewEvent, index: number): void {
    const { aggregate } = this.#options
    const wrong = (problem: string) => ofEvent(argumentError('event', problem), index, given?.type)
    if (typeof given !== 'object' || given === null)
      throw wrong(`An event is made by calling its definition; got ${showValue(given)}`)
    if (!aggregate.types.has(given.type))
      throw wrong(`${showValue(given.type)} is not among the events of aggregate ${aggregate.name}`)
    if (given.stream !== undefined && given.stream !== this.stream)
      throw wrong(`it names another stream than the aggregate's: name none`)
  }
}
