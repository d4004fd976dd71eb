import { LarderError } from '../errors.ts'

/** A call ended for lack of an answer, and its last transaction stored nothing. */
export function notAnswered(afterMs: number): LarderError<'storage-timeout'> {
  return new LarderError(
    'storage-timeout',
    `The storage did not answer within ${afterMs / 1000} s: close the other tabs of this site, or restart the browser, then try again. What was asked of it last was not stored.`,
    {},
  )
}

/** Nobody said whether it is stored, and nobody could look. @param commitId of an append */
export function storedUnknown(cause: unknown, commitId?: string): LarderError<'storage-unavailable'> {
  return new LarderError(
    'storage-unavailable',
    'The storage did not say whether it has stored this: look it up before you write it again, or append the same with the same id, which stores it once.',
    { cause, details: { outcome: 'unknown', ...(commitId === undefined ? {} : { commitId }) } },
  )
}

/** The same; where the storage did not answer, `onSilence` hears first. What waits behind it is not answered either, and may be told the error that it is given. */
export async function tellingSilence<T>(asked: Promise<T>, onSilence: (silence: LarderError) => void): Promise<T> {
  try {
    return await asked
  } catch (error) {
    const silence = silenceOf(error)
    if (silence !== undefined) onSilence(silence)
    throw error
  }
}

function silenceOf(error: unknown): LarderError | undefined {
  if (!(error instanceof LarderError)) return undefined
  return error.code === 'storage-timeout' ? error : silenceOf(error.cause)
}
