import { dailyIntake, MealLogged, nutrition, nutritionRules } from '@larder/sdk/nutrition'
import { simulate } from '@larder/sdk/testing'
import { expect, it } from 'vitest'

it('survives bad networks, crashes and several devices', async () => {
  const { commits } = await simulate(nutrition, {
    seeds: 3,
    rules: nutritionRules,
    act: (prng, larder) =>
      larder.append(
        MealLogged({
          ...{ userId: 'ann', mealId: `meal-${prng.between(1, 20)}`, day: prng.pick(['2026-11-22', '2026-11-23']) },
          ...{ slot: 'lunch', name: 'Food', calories: prng.between(50, 900), protein: 0, carbs: 0, fat: 0, fibre: 0 },
        }),
      ),
    invariants: {
      'every day has meals': ({ states }) =>
        [...states(dailyIntake).values()].every(({ meals }) => Object.keys(meals).length > 0),
    },
  })
  expect(commits).toBeGreaterThan(30)
}, 60_000)
