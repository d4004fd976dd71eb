import { isLarderError, LarderError } from '../errors.ts'
import type { AnyEventDefinition, NewEventOf } from './event-definition.ts'
import type { NewEvent } from './recorded-event.ts'
import { showValue } from './show-value.ts'

/**
 * Stands between an event that is about to be appended and the checks: it may answer another event, with other data or metadata, or stop the whole
 * append by throwing. `next` hands an event on to those behind it and answers what they make of it.
 *
 * It runs once per event, in the order of `defineDomain({ middleware })`, wherever an event is prepared for the log: for `append`, `appendAll`,
 * `deadLetters.amend`, and for what commands and handlers append; on the server for what the backend appends. It runs in that turn, so it cannot wait. It has to be
 * pure in what it is given: an append that is made again with its id has to say the same again, or it is refused as `id-reused`.
 *
 * It runs where the event is made: on the page for what the page appends, and in the worker for what `execute` makes. There the domain's module is another
 * instance, so a variable that the page has set is not set. Go by the event alone; what only the page knows is given with `append` and `execute` as
 * `{ metadata }`.
 *
 * ```ts
 * const withOwner: Middleware<[typeof MealLogged]> = (event, next) => next(withMetadata(event, { userId: event.data.userId }))
 * ```
 */
export type Middleware<E extends readonly AnyEventDefinition[] = readonly AnyEventDefinition[]> = (
  event: NewEventOf<E[number]>,
  next: (event: NewEvent) => NewEvent,
  context: MiddlewareContext,
) => NewEvent

export interface MiddlewareContext {
  /** The time that the event is going to have: ISO 8601 in UTC. */
  readonly time: string
  /** Of the event, within what is appended. */
  readonly index: number
}

/**
 * @throws LarderError `middleware-failed` where one threw, or answered something else than the event with other data or metadata; a `LarderError`
 * of its own as it is
 */
export function applyMiddleware(
  middleware: readonly Middleware[],
  event: NewEvent,
  context: MiddlewareContext,
): NewEvent {
  const from = (place: number, current: NewEvent): NewEvent => {
    const each = middleware[place]
    return each === undefined ? current : each(current, (next) => from(place + 1, next), context)
  }
  const answer: unknown = attempt(() => from(0, event), event, context)
  if (isSame(answer, event)) return answer
  throw failed(
    event,
    context,
    `answered ${answer instanceof Promise ? 'a promise' : showValue(answer)} in place of the event: it may change data and metadata, and cannot wait`,
  )
}

function attempt(run: () => NewEvent, event: NewEvent, context: MiddlewareContext): NewEvent {
  try {
    return run()
  } catch (error) {
    if (isLarderError(error)) throw error
    throw failed(event, context, `stopped it by throwing ${error instanceof Error ? error.name : typeof error}`, error)
  }
}

/** What the app gives is of the type that it says only where the app is typed. */
function isSame(answer: unknown, { type, version, id, stream }: NewEvent): answer is NewEvent {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    'type' in answer &&
    answer.type === type &&
    'version' in answer &&
    answer.version === version &&
    'data' in answer &&
    ('id' in answer ? answer.id : undefined) === id &&
    ('stream' in answer ? answer.stream : undefined) === stream
  )
}

function failed(
  { type }: NewEvent,
  { index }: MiddlewareContext,
  what: string,
  cause?: unknown,
): LarderError<'middleware-failed'> {
  return new LarderError(
    'middleware-failed',
    `Event ${index} (${type}): a middleware of the domain ${what}; nothing was stored`,
    {
      details: { type, event: index },
      ...(cause === undefined ? {} : { cause }),
    },
  )
}
