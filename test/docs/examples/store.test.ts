import { MealLogged, nutrition, nutritionRules } from '@larder/sdk/nutrition'
import { createTestLarder, TestServer } from '@larder/sdk/testing'
import { expect, it } from 'vitest'

it('a meal of 30,000 kcal comes back as a dead letter', async () => {
  const server = new TestServer(nutrition, { rules: nutritionRules })
  const test = await createTestLarder(nutrition, { sync: server })
  await test.larder.append(
    MealLogged({
      ...{ userId: 'ann', mealId: 'm1', day: '2026-11-23', slot: 'lunch', name: 'Typo' },
      ...{ calories: 30_000, protein: 0, carbs: 0, fat: 0, fibre: 0 },
    }),
  )
  await test.clock.advance(1000)
  expect(await test.larder.deadLetters.list()).toHaveLength(1)
  expect(await server.accepted()).toEqual([])
  await test.close()
})
