import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { createEventBus, defineEvent } from '../../src/domain.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const A = defineEvent('A', { schema: z.object({ n: z.number() }) })
const B = defineEvent('B', { schema: z.object({ n: z.number() }) })
const definitions = { A, B } as const

const limit = fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY)
const handler = fc.record({
  types: fc.constantFrom<readonly ('A' | 'B')[]>(['A'], ['B'], ['A', 'B']),
  limit,
  /** How long it takes for the n-th event that it is given; 0 ends at once. A negative time fails. */
  times: fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 5 }),
  publishes: fc.boolean(),
})
const publish = fc.record({ type: fc.constantFrom('A', 'B'), afterMs: fc.integer({ min: 0, max: 10 }) })

it('every handler is given every event of its types once, in order, within its limits, whoever else fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      limit,
      fc.array(handler, { maxLength: 5 }),
      fc.array(publish, { maxLength: 12 }),
      async (total, handlers, script) => {
        const clock = new VirtualClock()
        const bus = createEventBus({ concurrency: total, clock })
        const sleep = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
        const published: { type: 'A' | 'B'; n: number }[] = []
        const given = handlers.map((): number[] => [])
        const busy = handlers.map(() => 0)
        const mostOf = handlers.map(() => 0)
        let most = 0
        const check = (index: number) => {
          mostOf[index] = Math.max(mostOf[index] ?? 0, busy[index] ?? 0)
          most = Math.max(
            most,
            busy.reduce((sum, each) => sum + each, 0),
          )
        }
        let failures = 0
        for (const [index, { types, limit: own, times, publishes }] of handlers.entries()) {
          bus.on(
            types.map((type) => definitions[type]),
            async ({ data }, context) => {
              const turn = given[index]?.push(data.n) ?? 0
              const time = times[turn % times.length] ?? 0
              busy[index] = (busy[index] ?? 0) + 1
              check(index)
              if (time !== 0) await sleep(Math.abs(time))
              if (publishes && data.n < 1000) {
                const n = 1000 + published.length
                published.push({ type: 'B', n })
                // While it waits for others, it does not count.
                busy[index] = (busy[index] ?? 0) - 1
                await context.publish(B({ n }))
                busy[index] = (busy[index] ?? 0) + 1
                check(index)
              }
              if (time !== 0) await sleep(Math.abs(time))
              busy[index] = (busy[index] ?? 0) - 1
              if (time < 0) {
                failures++
                throw new Error('as planned')
              }
            },
            { concurrency: own },
          )
        }
        const answers: Promise<{ delivered: number; failed: readonly unknown[] }>[] = []
        let at = 0
        for (const [n, { type, afterMs }] of script.entries()) {
          at += afterMs
          clock.after(at, () => {
            published.push({ type, n })
            answers.push(bus.publish(definitions[type]({ n })))
          })
        }
        await clock.advance(20_000)
        const all = await Promise.all(answers)
        // The oracle: who should have had what.
        for (const [index, { types, limit: own }] of handlers.entries())
          expect([given[index], (mostOf[index] ?? 0) <= own]).toEqual([
            published.filter(({ type }) => types.includes(type)).map(({ n }) => n),
            true,
          ])
        expect(most).toBeLessThanOrEqual(total)
        const direct = script.flatMap(({ type }) => handlers.filter(({ types }) => types.includes(type)))
        expect(all.reduce((sum, { delivered, failed }) => sum + delivered + failed.length, 0)).toBe(direct.length)
        expect(all.reduce((sum, { failed }) => sum + failed.length, 0)).toBeLessThanOrEqual(failures)
        expect(busy.every((each) => each === 0)).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})
