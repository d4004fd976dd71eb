import { isLarderError, retold } from '../errors.ts'

/**
 * The same error, of one event out of several: `details.event` is its index in what is appended, `details.type` its type, and the sentence begins with them.
 * Anything else than a `LarderError` as it is. Only what has failed comes here: good events pay nothing.
 */
export function ofEvent(error: unknown, event: number, type: unknown): unknown {
  if (!isLarderError(error)) return error
  const { details, message } = error
  // A sentence whose facts hold the type names it already.
  const names = typeof details === 'object' && details !== null && 'type' in details
  const isTyped = !names && typeof type === 'string'
  return retold(error, `Event ${event}${isTyped ? ` (${type})` : ''}: ${message}`, {
    ...details,
    ...(isTyped ? { type } : {}),
    event,
  })
}
