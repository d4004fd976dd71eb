import { isLarderError, type LarderErrorCode } from '../errors.ts'
import { withCommitId } from './call-errors.ts'

/** The store is closed, or its storage cannot be asked. */
const UNASKED: ReadonlySet<LarderErrorCode> = new Set(['closed', 'storage-timeout', 'storage-unavailable'])

/**
 * Has a commit stored, and asks the next worker when one dies over it: the id tells that one whether the last had stored it. What it rejects with says
 * under which id to ask again.
 *
 * @param lookUp a commit of this id may be stored already
 */
export async function writeOnce<T>(
  commitId: string,
  lookUp: boolean,
  ask: (lookUp: boolean) => Promise<T>,
): Promise<T> {
  try {
    return await ask(lookUp).catch((error: unknown) => {
      if (!isLarderError(error, 'worker-crashed')) throw error
      return ask(true).catch((second: unknown) => {
        // It was not looked up: how the first went is still not known.
        throw isLarderError(second) && UNASKED.has(second.code) ? error : second
      })
    })
  } catch (error) {
    throw withCommitId(error, commitId)
  }
}
