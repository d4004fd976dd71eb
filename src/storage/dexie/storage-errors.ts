import { LarderError } from '../../errors.ts'
import { SCHEMA_VERSION } from './schema.ts'

/** How much the origin uses and may use, in bytes, as far as the browser says. */
export interface StorageEstimate {
  readonly usage: number | undefined
  readonly quota: number | undefined
}

/** The `name` of a DOMException or of one of Dexie's errors, looking through those that only wrap another. */
export function errorName(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null || !('name' in cause) || typeof cause.name !== 'string')
    return undefined
  const isWrapper = WRAPPERS.has(cause.name) && 'inner' in cause
  return (isWrapper ? errorName(cause.inner) : undefined) ?? cause.name
}

const WRAPPERS: ReadonlySet<string> = new Set(['OpenFailedError', 'AbortError', 'UpgradeError', 'DatabaseClosedError'])

/** The connection is gone or useless, and a new one may work. */
export function isConnectionLost(cause: unknown): boolean {
  const name = errorName(cause)
  return name !== undefined && LOST.has(name)
}

const LOST: ReadonlySet<string> = new Set(['AbortError', 'DatabaseClosedError', 'InvalidStateError', 'UnknownError'])

const UNAVAILABLE: ReadonlySet<string> = new Set([
  ...LOST,
  'MissingAPIError',
  'NotAllowedError',
  'OpenFailedError',
  'SecurityError',
])

/** Decides by the name of the cause, which is specified, never by its message, which differs by browser and by language. */
export function toStorageError(cause: unknown, estimate?: StorageEstimate): LarderError {
  if (cause instanceof LarderError) return cause
  const name = errorName(cause)
  if (name === 'QuotaExceededError') {
    return new LarderError(
      'storage-full',
      'The browser has no room left for this site: free some, then try again. Nothing was stored.',
      {
        cause,
        details: estimate ?? { usage: undefined, quota: undefined },
      },
    )
  }
  if (name !== undefined && UNAVAILABLE.has(name)) return storageUnavailable(cause)
  return new LarderError('storage-failed', 'IndexedDB refused a call; see the cause. Nothing was stored.', { cause })
}

export function storageUnavailable(cause: unknown): LarderError<'storage-unavailable'> {
  return new LarderError(
    'storage-unavailable',
    'IndexedDB cannot be used now: the browser forbids it, or lost its connection. The next call tries again.',
    { cause },
  )
}

export function schemaTooNew(stored: number, cause: unknown): LarderError<'schema-too-new'> {
  return new LarderError(
    'schema-too-new',
    'A newer version of this app has used this store: update the app. Nothing was changed.',
    { cause, details: { stored, supported: SCHEMA_VERSION } },
  )
}
