import { argumentError, type EventOfError, LarderError } from '../errors.ts'
import { derivedId } from '../event/derived-id.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import { showValue } from '../event/show-value.ts'
import type { CommandContext, Decided } from './command.ts'
import { readArgs } from './command-args.ts'
import type { AnyAggregate } from './define-aggregate.ts'
import { isRefusal } from './refusal.ts'

export interface CommandToDecide {
  /** Of the aggregate. */
  readonly id: string
  readonly name: string
  readonly args: unknown
  /** ISO 8601: when it was given. */
  readonly now: string
  /** What its new ids are derived from: the first id of its commit's line, a UUID. */
  readonly line: string
}

/**
 * Runs a command on a state. Pure: the same again answers the same.
 *
 * @param stream of the aggregate, where all that it makes has to go
 * @throws LarderError `argument` when there is no such command, `validation` when its argument does not fit, `command-failed` when `decide` throws or
 * answers what it may not
 */
export function decideCommand(
  aggregate: AnyAggregate,
  stream: string,
  state: unknown,
  { id, name, args, now, line }: CommandToDecide,
): Decided {
  const command = aggregate.commands.get(name)
  if (command === undefined)
    throw argumentError('command', `Aggregate ${aggregate.name} has no command ${showValue(name)}`)
  const checked = readArgs(`${aggregate.name}.${name}`, command.args, args)
  const decided = decide(aggregate, name, () => command.decide(state, checked, contextOf(id, now, line)))
  if (isRefusal(decided)) return { kind: 'refused', refusal: decided }
  const events: readonly unknown[] = Array.isArray(decided) ? decided : [decided]
  return { kind: 'events', events: events.map((event, index) => ownEvent(aggregate, name, stream, event, index)) }
}

/** Of one run: the ids are counted anew. */
function contextOf(id: string, now: string, line: string): CommandContext {
  let count = 0
  return { id, now, newId: () => derivedId(line, `new ${++count}`) }
}

function decide(aggregate: AnyAggregate, name: string, work: () => unknown): unknown {
  try {
    return work()
  } catch (cause) {
    throw failed(aggregate, name, 'its decide function threw, see the cause', cause)
  }
}

function ownEvent(aggregate: AnyAggregate, name: string, stream: string, event: unknown, index: number): NewEvent {
  const wrong = (problem: string, type?: string) =>
    failed(aggregate, name, `event ${index}: ${problem}`, undefined, {
      event: index,
      ...(type === undefined ? {} : { type }),
    })
  if (!isEvent(event)) throw wrong(`it answered ${showValue(event)}: decide answers events, made at once, or refuse(…)`)
  if (!aggregate.types.has(event.type))
    throw wrong(`it made ${event.type}, which is not among the aggregate's events`, event.type)
  if (event.stream !== undefined && event.stream !== stream)
    throw wrong(`it made ${event.type} for another stream than the aggregate's: name no stream`, event.type)
  return event
}

function isEvent(value: unknown): value is NewEvent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function failed(
  aggregate: AnyAggregate,
  command: string,
  problem: string,
  cause?: unknown,
  of: EventOfError = {},
): LarderError<'command-failed'> {
  return new LarderError(
    'command-failed',
    `Command ${command} of ${aggregate.name} failed: ${problem}. Nothing was stored`,
    { details: { aggregate: aggregate.name, command, ...of }, ...(cause === undefined ? {} : { cause }) },
  )
}
