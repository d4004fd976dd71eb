import type { AnyEventDefinition, NewEventOf } from '../event/define-event.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { SchemaInput, SchemaOutput, StandardSchema } from '../event/standard-schema.ts'
import type { CommandRefusal } from './refusal.ts'

/** What a command may know of the world, so that `decide` needs no clock and no chance of its own: the same again gives the same. */
export interface CommandContext {
  /** Of the aggregate that is told, as `execute` was given it: for events that say whom they happened to. */
  readonly id: string
  /** When the command was given, ISO 8601 in UTC with milliseconds: the `time` of the events that it makes. Stays the same when it is decided again. */
  readonly now: string
  /**
   * An id for something new: the n-th that a command asks for is derived from the id of its commit and n, so it stays the same however often the
   * command is decided. A UUID of version 8: it says nothing of when it was made.
   */
  readonly newId: () => string
}

/** What a command makes: one event, several, which are stored as one commit, none (`[]`: there is nothing to do), or a refusal. */
export type Decision<E extends readonly AnyEventDefinition[]> =
  | NewEventOf<E[number]>
  | readonly NewEventOf<E[number]>[]
  | CommandRefusal

/** The schema of each command's argument, by name; undefined: it takes none. `then` is no name: what has one is taken for a promise. */
export type CommandSchemas = Readonly<Record<string, StandardSchema | undefined>> & { readonly then?: never }

/** What `execute` is given. */
export type ArgsIn<S> = S extends StandardSchema ? SchemaInput<S> : undefined
/** What `decide` is given: checked, with defaults. */
export type ArgsOut<S> = S extends StandardSchema ? SchemaOutput<S> : undefined

export type Commands<E extends readonly AnyEventDefinition[], S, A extends CommandSchemas> = {
  readonly [K in keyof A]: {
    /** Checks the argument at the call, and again when a kept command is decided anew. `undefined` for a command that takes none. */
    readonly args: A[K]
    /**
     * Says what happens, by the state as it is. Pure: it has no effects, and takes time and ids from `context` only. It runs again when somebody
     * else was quicker, so whatever it answers counts only when it is stored.
     */
    readonly decide: (state: NoInfer<S>, args: ArgsOut<A[K]>, context: CommandContext) => Decision<E>
  }
}

/** What the engine runs. */
export interface AnyCommand {
  readonly args: StandardSchema | undefined
  readonly decide: (state: unknown, args: unknown, context: CommandContext) => unknown
}

/** What was decided, once it is known to be that. */
export type Decided =
  | { readonly kind: 'events'; readonly events: readonly NewEvent[] }
  | { readonly kind: 'refused'; readonly refusal: CommandRefusal }
