import { argumentError, LarderError } from '../errors.ts'
import { checkPayload } from '../event/check-payload.ts'
import type { JsonValue } from '../event/json.ts'
import { jsonBytes } from '../event/json-bytes.ts'
import { EVENT_LIMITS } from '../event/limits.ts'
import { checkSchema, type StandardSchema } from '../event/standard-schema.ts'

/**
 * The argument of a command as it can be kept, to be decided by again.
 *
 * @param type of aggregate and command, such as `user.setGoal`
 * @throws LarderError `payload-*`, `key-forbidden`, `text-invalid`, `event-too-large`
 */
export function plainArgs(type: string, given: unknown): JsonValue | undefined {
  if (given === undefined) return undefined
  const args = checkPayload(given, 'args')
  const bytes = jsonBytes(args)
  const max = EVENT_LIMITS.eventBytes
  if (bytes <= max) return args
  throw new LarderError(
    'event-too-large',
    `The argument of ${type} is ${bytes} bytes of JSON; the most is ${max}. Keep files outside and pass their address`,
    { details: { type, bytes, max } },
  )
}

/**
 * The argument as `decide` is given it: what the command's schema makes of it.
 *
 * @throws LarderError `validation`; `argument` where the command takes none
 */
export function readArgs(type: string, schema: StandardSchema | undefined, args: unknown): unknown {
  if (schema === undefined) {
    if (args === undefined) return undefined
    throw argumentError('args', `${type} takes nothing: call it without an argument`)
  }
  const checked = checkSchema(schema, args)
  if (checked.ok) return checked.value
  const [first] = checked.issues
  throw new LarderError(
    'validation',
    `${type} cannot take this: ${first === undefined ? 'no reason given' : `${first.path === '' ? 'args' : `args.${first.path}`}: ${first.message}`}`,
    { details: { type, event: undefined, issues: checked.issues } },
  )
}
