import { Dexie } from 'dexie'
import { describe, expect, it } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { errorName, isConnectionLost, toStorageError } from '../../src/storage/dexie/storage-errors.ts'

const CODES: Readonly<Record<string, string>> = {
  QuotaExceededError: 'storage-full',
  UnknownError: 'storage-unavailable',
  InvalidStateError: 'storage-unavailable',
  AbortError: 'storage-unavailable',
  SecurityError: 'storage-unavailable',
  NotAllowedError: 'storage-unavailable',
  DataError: 'storage-failed',
  DataCloneError: 'storage-failed',
  ConstraintError: 'storage-failed',
  ReadOnlyError: 'storage-failed',
  NotFoundError: 'storage-failed',
  TransactionInactiveError: 'storage-failed',
  NotReadableError: 'storage-failed',
}

describe('what IndexedDB says is told in our codes', () => {
  for (const [name, code] of Object.entries(CODES)) {
    it(`${name} is ${code}, whatever its message`, () => {
      const cause = new DOMException('QuotaExceededError: quota, VersionError, connection lost', name)
      const error = toStorageError(cause)
      expect([error.code, error.cause]).toEqual([code, cause])
    })
  }

  it('the errors of Dexie are looked through to what they wrap', () => {
    const quota = new DOMException('full', 'QuotaExceededError')
    expect(toStorageError(new Dexie.AbortError('aborted', quota)).code).toBe('storage-full')
    expect(toStorageError(new Dexie.OpenFailedError('no', new DOMException('', 'SecurityError'))).code).toBe(
      'storage-unavailable',
    )
    expect(toStorageError(new Dexie.MissingAPIError('no')).code).toBe('storage-unavailable')
  })

  it('our own errors stay what they are', () => {
    const own = new LarderError('storage-timeout', 'slow', {})
    expect(toStorageError(own)).toBe(own)
  })

  it('what is thrown that is no error is storage-failed', () => {
    for (const cause of ['text', null, undefined, 7, {}, { name: 5 }]) {
      expect([toStorageError(cause).code, errorName(cause), isConnectionLost(cause)]).toEqual([
        'storage-failed',
        undefined,
        false,
      ])
    }
  })

  it('only a lost connection is worth opening again', () => {
    const lost = Object.keys(CODES).filter((name) => isConnectionLost(new DOMException('', name)))
    expect(lost).toEqual(['UnknownError', 'InvalidStateError', 'AbortError'])
  })
})
