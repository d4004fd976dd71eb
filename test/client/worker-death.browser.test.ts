import { describe, expect, it } from 'vitest'
import type { LarderError } from '../../src/errors.ts'
import { openLarder } from '../../src/reactive/open-larder.ts'
import { journal, noted, notes } from '../support/notes.ts'

/** A store in a real worker, and every worker that was made for it. */
async function openStore() {
  const workers: Worker[] = []
  const larder = await openLarder({
    name: `worker-death-${crypto.randomUUID()}`,
    domain: notes,
    worker: () => {
      const worker = new Worker(new URL('./notes.worker.ts', import.meta.url), { type: 'module' })
      workers.push(worker)
      return worker
    },
  })
  return { larder, workers }
}

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('C03 a worker that is terminated with 20 appends in flight', () => {
  it.each([0, 1, 2, 4, 8, 16])(
    'after %i ms: every promise settles within 2 s, and none is stored twice',
    async (ms) => {
      const begun = performance.now()
      const { larder, workers } = await openStore()
      // Another worker is begun. Where the machine is so busy that one takes a second, what waits for it takes longer too.
      const limitMs = Math.max(2000, 8 * (performance.now() - begun))
      // The storage is warm: the first write of a store takes longest.
      await larder.append(noted('first'))
      const ids = Array.from({ length: 20 }, () => crypto.randomUUID())
      const appends = ids.map((id, n) => larder.append(noted(`${n}`), { id }))
      const reads = Array.from({ length: 5 }, () => larder.get(journal))
      const settled = Promise.allSettled([...appends, ...reads])
      if (ms > 0) await passed(ms)
      const at = performance.now()
      workers[0]?.terminate()
      const outcomes = await settled
      expect(performance.now() - at).toBeLessThan(limitMs)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({ code: 'worker-crashed', details: { outcome: 'unknown' } })
      }
      const again = await Promise.all(ids.map((id, n) => larder.append(noted(`${n}`), { id })))
      expect(again.map(({ commitId }) => commitId)).toEqual(ids)
      const lines = await larder.get(journal)
      expect([...lines].sort()).toEqual(['first', ...ids.map((_, n) => `${n}`)].sort())
      expect(workers.length).toBe(2)
      await larder.close()
    },
  )

  it('again and again: what the last one leaves open is said with the id to append it again', async () => {
    const { larder, workers } = await openStore()
    const outcomes: (string | LarderError)[] = []
    const append = (n: number) =>
      larder.append(noted(`${n}`)).then(
        ({ commitId }) => outcomes.push(commitId),
        (error: LarderError) => outcomes.push(error),
      )
    // The page asks for a worker's lock as soon as the worker is up.
    const request = navigator.locks.request
    navigator.locks.request = ((name: string, ...rest: unknown[]) => {
      if (name.startsWith('larder:alive:')) setTimeout(() => workers.at(-1)?.terminate())
      return Reflect.apply(request, navigator.locks, [name, ...rest])
    }) as typeof request
    workers[0]?.terminate()
    await Promise.all(Array.from({ length: 20 }, (_, n) => append(n)))
    navigator.locks.request = request
    const failed = outcomes.filter((outcome): outcome is LarderError => typeof outcome !== 'string')
    for (const { code, details } of failed) {
      expect(['worker-crashed', 'worker-unavailable']).toContain(code)
      if (code === 'worker-crashed') expect(details).toMatchObject({ outcome: 'unknown', commitId: expect.any(String) })
    }
    expect(outcomes).toHaveLength(20)
    expect([failed.length > 0, workers.length > 1, workers.length <= 4]).toEqual([true, true, true])
    await larder.close()
  })
})
