import { MealLogged, nutrition } from '@larder/sdk/nutrition'
import { createTestLarder } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'
import { mealLogged } from './samples.ts'

describe('Error Handling & Dead Letter Queue', () => {
  it('retrying what failed', async () => {
    const { larder, clock, close } = await openStore()
    let isDown = true
    const processEvent = async () => {
      if (isDown) throw new Error('the coach does not answer')
    }
    const coach = larder.handle(MealLogged, processEvent, { name: 'coach', retry: { attempts: 2 } })
    await larder.append([mealLogged('meal-1'), mealLogged('meal-2')])
    await clock.advance(60_000)
    await coach.stop()

    // Check failed events: both were tried twice
    const failedEvents = await larder.deadLetters.list()
    expect(failedEvents.map(({ kind, attempts }) => `${kind} ${attempts}`)).toEqual(['handler 2', 'handler 2'])

    // Retry: what fails counts as an attempt, and is due again after a pause; what ends well is settled
    const [one = '', two = ''] = failedEvents.map(({ id }) => id)
    expect(await larder.deadLetters.attempt(one, processEvent)).toMatchObject({ settled: false })
    isDown = false
    expect(await larder.deadLetters.attempt(two, processEvent)).toEqual({ settled: true })
    expect(await larder.deadLetters.list()).toMatchObject([{ id: one, attempts: 3 }])

    // Get retry-ready events
    expect((await larder.deadLetters.stats()).retryReady).toBe(0)
    await clock.advance(60_000)
    expect((await larder.deadLetters.stats()).retryReady).toBe(1)
    for (const { id, nextAttempt } of await larder.deadLetters.list())
      if (nextAttempt !== undefined && Date.parse(nextAttempt) <= clock.now())
        await larder.deadLetters.attempt(id, processEvent)
    expect(await larder.deadLetters.list()).toEqual([])
    await close()
  })

  it('statistics', async () => {
    const { larder, clock, close } = await openStore()
    const fail = () => {
      throw new Error('no')
    }
    larder.handle(MealLogged, fail, { name: 'coach', retry: { attempts: 1 } })
    larder.handle(MealLogged, () => new Promise(() => undefined), {
      ...{ name: 'slow', retry: { attempts: 1 }, timeoutMs: 1000 },
    })
    await larder.append([mealLogged('meal-1'), mealLogged('meal-2')])
    await clock.advance(60_000)

    const stats = await larder.deadLetters.stats()
    expect(stats.total).toBe(4)
    expect(stats.byReason).toEqual({ 'handler-failed': 2, timeout: 2 })
    expect(stats.byKind).toEqual({ commit: 0, handler: 4 })
    await close()
  })
})

async function openStore() {
  const test = await createTestLarder(nutrition)
  return { larder: test.larder, clock: test.clock, close: () => test.close() }
}
