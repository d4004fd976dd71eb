import { MealLogged, nutrition } from '@larder/sdk/nutrition'
import { createTestLarder } from '@larder/sdk/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mealLogged } from './samples.ts'

describe('Testing', () => {
  it('Test Utilities', async () => {
    const test = await createTestLarder(nutrition)
    const seen: string[] = []
    const fail = () => {
      throw new Error('no')
    }
    test.larder.bus.on(MealLogged, ({ data }) => seen.push(data.mealId))
    test.larder.handle(MealLogged, fail, { name: 'coach', retry: { attempts: 1 } })
    await test.larder.append(mealLogged('meal-1'))
    await test.clock.advance(1000)
    expect([seen, (await test.larder.deadLetters.stats()).total]).toEqual([['meal-1'], 1])

    // Reset for clean test state: the bus, the store and the dead letters at once
    await test.reset()
    await test.larder.append(mealLogged('meal-2'))
    await test.clock.advance(1000)
    expect(seen).toEqual(['meal-1'])
    expect((await test.larder.events()).events).toHaveLength(1)
    expect((await test.larder.deadLetters.stats()).total).toBe(0)
    await test.close()
  })

  describe('a store for each test', () => {
    let test: Awaited<ReturnType<typeof createTestLarder>>
    beforeEach(async () => {
      test = await createTestLarder(nutrition)
    })
    afterEach(() => test.close())

    it.each(['one', 'another'])('nothing is left by a test before: %s', async (mealId) => {
      expect((await test.larder.events()).events).toEqual([])
      await test.larder.append(mealLogged(mealId))
    })
  })
})
