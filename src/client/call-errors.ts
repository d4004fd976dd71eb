import { isLarderError, LarderError } from '../errors.ts'

export function crashedError(writes: boolean): LarderError<'worker-crashed'> {
  return new LarderError(
    'worker-crashed',
    writes
      ? 'The worker died before it answered: whether it was stored is not known. Append it again with the same id'
      : 'The worker died before it answered: nothing was written. Try again',
    {
      details: { outcome: writes ? 'unknown' : 'nothing-written' },
    },
  )
}

export function timeoutError(afterMs: number, writes: boolean): LarderError<'timeout'> {
  return new LarderError(
    'timeout',
    writes
      ? `The store did not answer within ${afterMs} ms: whether it was stored is not known. Append it again with the same id`
      : `The store did not answer within ${afterMs} ms: try again`,
    { details: { afterMs, outcome: writes ? 'unknown' : 'nothing-written' } },
  )
}

/** The same error, with the id under which it can be appended again where the app gave none. */
export function withCommitId(error: unknown, commitId: string): unknown {
  if (isLarderError(error, 'timeout'))
    return new LarderError('timeout', error.message, { details: { ...error.details, commitId } })
  if (isLarderError(error, 'worker-crashed'))
    return new LarderError('worker-crashed', error.message, { details: { ...error.details, commitId } })
  return error
}

/** Comlink's own: what was to be sent cannot be cloned. */
export function untransferable(cause: unknown): LarderError<'internal'> {
  const sentence = 'What was to be sent between page and worker cannot be copied: build states of plain data'
  return new LarderError('internal', sentence, { cause })
}
