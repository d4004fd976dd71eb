import { describe, expect, it } from 'vitest'
import { openLarder } from '../../src/reactive/open-larder.ts'
import { failureOf } from '../support/failure.ts'
import { notes } from '../support/notes.ts'

async function failureToOpen(worker: () => Worker) {
  const open = () => failureOf(() => openLarder({ name: `unavailable-${crypto.randomUUID()}`, domain: notes, worker }))
  // For the first one the server of the tests builds the worker, which no page of an app waits for.
  await open()
  const at = performance.now()
  const error = await open()
  return { error, tookMs: performance.now() - at }
}

const causeOf = (error: Error) => (error.cause instanceof Error ? error.cause.message : undefined)

describe('C04 a worker that cannot be loaded', () => {
  it('because its script is not there: open rejects within 5 s, with a cause', async () => {
    const missing = new URL('/not-there/worker.js', location.origin)
    const answer = await fetch(missing)
    expect(answer.ok && /javascript/.test(answer.headers.get('content-type') ?? '')).toBe(false)
    const { error, tookMs } = await failureToOpen(() => new Worker(missing, { type: 'module' }))
    expect([error.code, tookMs < 5000]).toEqual(['worker-unavailable', true])
    expect(causeOf(error)).toContain('did not load the script')
  })

  it('because its module throws: open rejects within 5 s, with what it threw', async () => {
    const { error, tookMs } = await failureToOpen(
      () => new Worker(new URL('./throwing.worker.ts', import.meta.url), { type: 'module' }),
    )
    expect([error.code, tookMs < 5000]).toEqual(['worker-unavailable', true])
    expect(causeOf(error)).toContain('this module throws')
  })

  it('because what it imports throws: open rejects within 5 s, with what it threw', async () => {
    const { error, tookMs } = await failureToOpen(
      () => new Worker(new URL('./lazy-throwing.worker.ts', import.meta.url), { type: 'module' }),
    )
    expect([error.code, tookMs < 5000]).toEqual(['worker-unavailable', true])
    expect(causeOf(error)).toBe('RangeError: this module throws')
  })

  it('because it was given a module and no domain: open rejects within 5 s, and says what to write', async () => {
    const { error, tookMs } = await failureToOpen(
      () => new Worker(new URL('./module-in-place-of-domain.worker.ts', import.meta.url), { type: 'module' }),
    )
    expect([error.code, tookMs < 5000]).toEqual(['worker-unavailable', true])
    expect(causeOf(error)).toContain('import("./nutrition").then(')
  })

  // The last one: a policy stays for as long as the document.
  it('because the Content-Security-Policy forbids it: open rejects within 5 s, with a cause', async () => {
    const policy = document.createElement('meta')
    policy.httpEquiv = 'Content-Security-Policy'
    policy.content = "worker-src 'none'"
    const blocked = new Promise<string>((resolve) =>
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective)),
    )
    document.head.append(policy)
    const { error, tookMs } = await failureToOpen(
      () => new Worker(new URL('./notes.worker.ts', import.meta.url), { type: 'module' }),
    )
    expect([error.code, tookMs < 5000]).toEqual(['worker-unavailable', true])
    expect(error.cause).toBeInstanceOf(Error)
    expect(await blocked).toBe('worker-src')
  })
})
