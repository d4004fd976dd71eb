import { expect } from 'vitest'
import { isLarderError, type LarderError } from '../../src/errors.ts'

/** What `work` is refused with. Fails where it is not refused, or not by a LarderError: nothing else may reach an app. */
export async function failureOf(work: () => unknown): Promise<LarderError> {
  try {
    await work()
  } catch (error) {
    if (isLarderError(error)) return error
    throw new Error('not a LarderError', { cause: error })
  }
  return expect.unreachable('nothing failed')
}
