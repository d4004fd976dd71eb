import { isLarderError, LarderError, type LarderErrorCode, type LarderErrorDetails } from '../errors.ts'

/** An error as it crosses a thread: Comlink keeps only name, message and stack of a thrown one. */
export interface WireError {
  readonly code: LarderErrorCode
  readonly message: string
  readonly details: LarderErrorDetails[LarderErrorCode]
  readonly cause: string | undefined
}

/** What every call answers. */
export type Envelope<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError }

export async function toEnvelope<T>(work: () => Promise<T> | T): Promise<Envelope<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    return { ok: false, error: toWireError(error) }
  }
}

export function toWireError(error: unknown): WireError {
  if (isLarderError(error))
    return { code: error.code, message: error.message, details: error.details, cause: causeOf(error) }
  return {
    code: 'internal',
    message: 'Larder failed for a reason of its own; please report this',
    details: undefined,
    cause: describe(error),
  }
}

export function fromWireError(error: WireError): LarderError {
  const options = { details: error.details, ...(error.cause === undefined ? {} : { cause: new Error(error.cause) }) }
  // The code and its details were made together on the other side.
  return new LarderError(error.code, error.message, options as ConstructorParameters<typeof LarderError>[2])
}

function causeOf(error: Error): string | undefined {
  return error.cause === undefined ? undefined : describe(error.cause)
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeof error
}
