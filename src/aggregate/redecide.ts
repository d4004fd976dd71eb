import { isLarderError, type LarderError } from '../errors.ts'
import type { KeptCommand } from '../event/kept-command.ts'
import type { Domain } from '../projection/define-domain.ts'
import { aggregateStream } from './aggregate-stream.ts'
import type { Decided } from './command.ts'
import { decideCommand } from './decide-command.ts'

export type Redecided =
  /** What happens instead; no events: by now there is nothing to do. */
  | Extract<Decided, { kind: 'events' }>
  /** On this state, the aggregate does not allow it. */
  | Extract<Decided, { kind: 'refused' }>
  /** It cannot be decided any more: `decide` threw, or its argument does not fit the schema of today. */
  | { readonly kind: 'failed'; readonly error: LarderError }
  /** This build does not know the command; another may. */
  | { readonly kind: 'unknown' }

export interface RedecideContext {
  /** ISO 8601: when the command was given at first. */
  readonly now: string
  /** The first id of its commit's line: what it calls by new ids stays the same. */
  readonly line: string
}

/**
 * Runs a kept command on another state than it was decided on. Pure, and never throws for what the command does.
 *
 * @param state of the aggregate, as it is in front of the commit
 */
export function redecide(
  domain: Pick<Domain, 'aggregates'>,
  state: unknown,
  { aggregate: name, id, command, args }: KeptCommand,
  { now, line }: RedecideContext,
): Redecided {
  const aggregate = domain.aggregates.get(name)
  if (aggregate === undefined || !aggregate.commands.has(command)) return { kind: 'unknown' }
  try {
    return decideCommand(aggregate, aggregateStream(aggregate, id), state, { id, name: command, args, now, line })
  } catch (error) {
    if (isLarderError(error)) return { kind: 'failed', error }
    throw error
  }
}
