import type { AnyAggregate, TypesOf } from '../aggregate/define-aggregate.ts'
import type { AggregateClass, SourcedAggregate } from '../aggregate/sourced-aggregate.ts'
import type { EventMetadata } from '../event/recorded-event.ts'
import type { StateOf } from '../projection/define-projection.ts'
import type { AggregateDraft, SaveOptions } from './aggregate-draft.ts'
import type { Receipt } from './receipt.ts'

export interface ExecuteOptions {
  /**
   * Id of the commit, a UUID. Default: a fresh one. With the same id a command is carried out once, however often it is given: the second time answers
   * with the commit of the first, and decides nothing. A command that stored nothing leaves no trace, and is decided again.
   */
  id?: string
  /** Added to every event's metadata; what the event itself carries wins. */
  metadata?: EventMetadata
  /**
   * How often it is decided, 1 to 100, before a conflict is told as `concurrency`. Default 10. Commands of one tab wait for each other, so only other
   * tabs and plain appends can be quicker. 1: the first conflict is told.
   */
  maxAttempts?: number
}

type Execute<Args> = undefined extends Args ? (args?: Args) => Promise<Receipt> : (args: Args) => Promise<Receipt>

/** The commands of an aggregate, each a method. */
export type CommandsOf<A extends AnyAggregate> = {
  readonly [K in keyof TypesOf<A>['commands']]: Execute<TypesOf<A>['commands'][K]>
}

export interface AggregateState<S> {
  readonly state: S
  /** How many events its stream has; 0: there is none of this id. */
  readonly version: number
}

/** Things with an identity and rules of their own. */
export interface LarderAggregates {
  /**
   * Tells an aggregate to do something: `await larder.execute(user, '123').setGoal({ … })`.
   *
   * - It runs in the engine: loads the aggregate, decides, and appends what that makes as one commit. Resolves when that is on disk.
   * - No update is lost: the commit is stored only if nobody wrote the stream since it was loaded. If somebody did, the aggregate is loaded and the
   *   command decided again, at most `maxAttempts` times.
   * - It is carried out once, even where the worker dies over it. Where nobody knows, it rejects with `timeout`, `worker-crashed` or
   *   `storage-unavailable` with `details.outcome` `'unknown'`; `details.commitId` is the `id` to give it again with.
   * - Where the command makes nothing, nothing is stored: the receipt has no events, and is settled as `'confirmed'`.
   *
   * @throws LarderError `refused` with the reason, `validation` when the argument does not fit, `concurrency`, `command-failed`, `aggregate-unknown`,
   * `aggregate-faulted`, `storage-damaged` where events of its stream are known to be damaged or missing (a store that syncs has them again soon; else a backup has), `argument`,
   * and what `append` throws; all of them as rejections of the method
   */
  execute<A extends AnyAggregate>(aggregate: A, id: string, options?: ExecuteOptions): CommandsOf<A>

  /**
   * An aggregate as it is now: its state, confirmed and pending events folded, and the version of its stream. Sees every append that was acknowledged
   * before the call, in any tab. Events that are damaged or missing are left out, as in views: `health$` names them.
   *
   * Of a class, an instance to apply events to: see {@link save}.
   *
   * @throws LarderError `aggregate-unknown`, `aggregate-faulted`, `argument`, `stream-name`, `timeout`, `worker-crashed`, `closed`
   */
  load<A extends AnyAggregate>(aggregate: A, id: string): Promise<AggregateState<StateOf<A>>>
  load<T extends SourcedAggregate>(aggregate: AggregateClass<T>, id: string): Promise<T>

  /**
   * Loads an aggregate to apply events to it, one after another, each folded at once, and to save them as one commit.
   *
   * @throws LarderError as `load`
   */
  edit<A extends AnyAggregate>(aggregate: A, id: string): Promise<AggregateDraft<A>>

  /**
   * Saves what was applied to an instance that `load` gave: see {@link AggregateDraft.save}.
   *
   * @throws LarderError as {@link AggregateDraft.save}
   */
  save(aggregate: SourcedAggregate, options?: SaveOptions): Promise<Receipt>
}
