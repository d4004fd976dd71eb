import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLarderError, LarderError } from '../../src/errors.ts'
import { fromWireError, toEnvelope, toWireError } from '../../src/protocol/wire-error.ts'

/** What a message port does to a value. */
const crossed = <T>(value: T): T => structuredClone(value)

describe('an error that crosses a thread', () => {
  it('keeps code, sentence and details, and what caused it as text', () => {
    const error = new LarderError('concurrency', 'A sentence', {
      details: { stream: 's', expected: 'noStream', actual: 3 },
      cause: new RangeError('because'),
    })
    const back = fromWireError(crossed(toWireError(error)))
    expect(isLarderError(back, 'concurrency')).toBe(true)
    expect(back).toBeInstanceOf(LarderError)
    expect(back).toMatchObject({
      message: 'A sentence',
      details: error.details,
      cause: { message: 'RangeError: because' },
    })
  })

  it('carries no cause where there was none', () => {
    const back = fromWireError(crossed(toWireError(new LarderError('closed', 'Closed', {}))))
    expect('cause' in back).toBe(false)
  })

  it('is of our own making, whatever was thrown', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.string().map((text) => new TypeError(text)),
        ),
        (thrown) => {
          const back = fromWireError(crossed(toWireError(thrown)))
          expect([back.code, isLarderError(back)]).toEqual(['internal', true])
        },
      ),
    )
  })

  it('comes in an envelope, as an answer does, and is never thrown', async () => {
    expect(await toEnvelope(() => 5)).toEqual({ ok: true, value: 5 })
    expect(await toEnvelope(async () => 5)).toEqual({ ok: true, value: 5 })
    const failing = [
      () => {
        throw new LarderError('closed', 'Closed', {})
      },
      () => Promise.reject(new LarderError('closed', 'Closed', {})),
    ]
    for (const work of failing) expect(await toEnvelope(work)).toMatchObject({ ok: false, error: { code: 'closed' } })
  })
})
