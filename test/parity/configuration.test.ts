import { createEventBus } from '@larder/sdk'
import { memory, type OpenStorage, openLarderInline, type StorageBackend } from '@larder/sdk/inline'
import { MealLogged, nutrition } from '@larder/sdk/nutrition'
import { createTestLarder, ManualClock } from '@larder/sdk/testing'
import { describe, expect, it } from 'vitest'
import { mealLogged } from './samples.ts'

const DAY = 24 * 3600 * 1000

describe('Configuration', () => {
  it('Event Bus Configuration', async () => {
    // A bus of its own, with at most 50 handlers at a time
    const bus = createEventBus({ concurrency: 50 })
    const clock = new ManualClock()
    let [running, most, finished] = [0, 0, 0]
    bus.on(MealLogged, async () => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => clock.after(10, resolve))
      running--
      finished++
    })
    const meals = Array.from({ length: 120 }, (_, n) => mealLogged(`meal-${n}`))
    const published = bus.publishBatch(meals)
    await clock.advance(1000)
    await published
    expect([most, finished]).toEqual([50, 120])

    // Another limit
    bus.setConcurrency(7)
    most = 0
    const again = bus.publishBatch(meals)
    await clock.advance(1000)
    await again
    expect([most, finished]).toEqual([7, 240])
  })

  it('the limits of dead letters', async () => {
    // In an app: openLarder({ deadLetters: { maxSize: 1000, retentionDays: 30, maxAttempts: 3 } })
    const test = await createTestLarder(nutrition, {
      deadLetters: { maxSize: 10, retentionDays: 30, maxAttempts: 3, whenFull: 'drop-oldest' },
    })
    const { larder, clock } = test
    const fail = () => {
      throw new Error('no')
    }
    const coach = larder.handle(MealLogged, fail, { name: 'coach', retry: { attempts: 1 }, concurrency: 50 })
    await larder.appendAll(Array.from({ length: 15 }, (_, n) => mealLogged(`meal-${n}`)))
    await clock.advance(10_000)
    await coach.stop()

    // max_queue_size
    expect((await larder.deadLetters.stats()).total).toBe(10)

    // max_retries: after three attempts one waits for a person
    const [{ id } = { id: '' }] = await larder.deadLetters.list()
    const isDueAgain: boolean[] = []
    for (let attempt = 1; attempt <= 3; attempt++) {
      await larder.deadLetters.attempt(id, fail)
      const letter = (await larder.deadLetters.list()).find((each) => each.id === id)
      isDueAgain.push(letter?.nextAttempt !== undefined)
    }
    expect(isDueAgain).toEqual([true, true, false])

    // retention_days
    await clock.advance(29 * DAY)
    expect((await larder.deadLetters.stats()).total).toBe(10)
    await clock.advance(2 * DAY)
    expect((await larder.deadLetters.stats()).total).toBe(0)
    await test.close()
  })

  it('Custom Storage Backend', async () => {
    // Whatever keeps the seven tables, in transactions; docs/storage-backend.md shows a whole one, and the suite for it
    const calls: string[] = []
    const place = memory()
    const counting: OpenStorage = async (name) => {
      const inner = await place(name)
      const backend: StorageBackend = {
        mode: 'custom',
        transact: (mode, tables, work) => {
          calls.push(mode)
          return inner.transact(mode, tables, work)
        },
        close: () => inner.close(),
      }
      return backend
    }

    // Use the custom backend
    const larder = await openLarderInline(nutrition, { name: 'nutrition', storage: counting })
    calls.length = 0
    await larder.append(mealLogged('meal-1'))
    expect(calls.filter((mode) => mode === 'write')).toHaveLength(1)
    await larder.close()
    const again = await openLarderInline(nutrition, { name: 'nutrition', storage: counting })
    expect((await again.events()).events).toHaveLength(1)
    await again.close()
  })
})
