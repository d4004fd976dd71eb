import { checkConcurrency, checkTimeout, isHandlerObject, typesOf } from '../bus/check-bus.ts'
import { argumentError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'
import type { HandlerSpec } from '../handler/handler-spec.ts'
import { checkObject } from './check-options.ts'
import type { HandleContext, HandlerObject } from './larder-handlers.ts'

const DEFAULTS = { concurrency: 50, attempts: 3, timeoutMs: 300_000 } as const
const NAME_LENGTH = 128

type HandlerFunction = (event: never, context: HandleContext) => unknown

/**
 * Of the arguments of `handle`, what crosses to the engine, and the function.
 *
 * @throws LarderError `argument`
 */
export function readHandle(
  first: unknown,
  second: unknown,
  third: unknown,
): { spec: HandlerSpec; handler: HandlerFunction } {
  if (isHandlerObject<HandlerObject<never>>(first)) {
    return { spec: specOf(first.eventTypes, second), handler: (event, context) => first.handle(event, context) }
  }
  const spec = specOf(first, third)
  if (!isFunction(second)) throw argumentError('handler', `A handler is a function; got ${showValue(second)}`)
  return { spec, handler: second }
}

function specOf(types: unknown, given: unknown): HandlerSpec {
  const names = [...typesOf(types)]
  checkObject('options', given)
  const {
    name,
    concurrency = DEFAULTS.concurrency,
    retry,
    when,
    from,
    scope,
    timeoutMs,
  } = given as Record<string, unknown>
  if (typeof name !== 'string' || name === '' || name.length > NAME_LENGTH) {
    throw argumentError(
      'name',
      `A durable handler needs a name of up to ${NAME_LENGTH} characters, the same at every start; got ${showValue(name)}`,
    )
  }
  return {
    name,
    types: names,
    concurrency: checkConcurrency(concurrency),
    attempts: attemptsOf(retry),
    when: oneOf('when', when, ['confirmed', 'stored']),
    from: oneOf('from', from, ['now', 'start']),
    scope: oneOf('scope', scope, ['origin', 'every-device']),
    timeoutMs: timeoutMs === undefined ? DEFAULTS.timeoutMs : checkTimeout(timeoutMs),
  }
}

function attemptsOf(retry: unknown): number {
  if (retry === undefined) return DEFAULTS.attempts
  checkObject('retry', retry)
  const { attempts = DEFAULTS.attempts } = retry as { attempts?: unknown }
  const isCount = attempts === Number.POSITIVE_INFINITY || (Number.isSafeInteger(attempts) && Number(attempts) >= 1)
  if (typeof attempts === 'number' && isCount) return attempts
  throw argumentError('retry', `retry.attempts is a whole number from 1, or Infinity; got ${showValue(attempts)}`)
}

/** The first is the default. */
function oneOf<const T extends string>(argument: string, given: unknown, known: readonly [T, ...T[]]): T {
  if (given === undefined) return known[0]
  const found = known.find((each) => each === given)
  if (found !== undefined) return found
  throw argumentError(argument, `${argument} is '${known.join("' or '")}', or left out; got ${showValue(given)}`)
}

function isFunction(given: unknown): given is HandlerFunction {
  return typeof given === 'function'
}
