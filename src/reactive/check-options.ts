import { argumentError } from '../errors.ts'
import { showValue } from '../event/show-value.ts'

/** @throws LarderError `argument` unless it is an object, whose properties can then be read */
export function checkObject(argument: string, given: unknown): asserts given is object {
  if (typeof given === 'object' && given !== null) return
  throw argumentError(argument, `${argument} is an object, or left out; got ${showValue(given)}`)
}

/**
 * Of what can be ended and tells how far it is.
 *
 * @throws LarderError `argument`
 */
export function checkLongRun(options: { readonly signal?: unknown; readonly onProgress?: unknown }): void {
  checkObject('options', options)
  const { signal, onProgress } = options
  if (signal !== undefined && !isSignal(signal))
    throw argumentError('signal', 'signal is the signal of an AbortController, or left out')
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw argumentError('onProgress', `onProgress is a function, or left out; got ${showValue(onProgress)}`)
}

/** By what it can do: a signal of another frame is of another class. */
function isSignal(given: unknown): boolean {
  return (
    typeof given === 'object' &&
    given !== null &&
    'aborted' in given &&
    typeof given.aborted === 'boolean' &&
    'addEventListener' in given &&
    typeof given.addEventListener === 'function'
  )
}
