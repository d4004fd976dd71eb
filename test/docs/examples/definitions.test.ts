import { dailyIntake, MealLogged, MealRemoved, nutrition } from '@larder/sdk/nutrition'
import { specify } from '@larder/sdk/testing'
import { it } from 'vitest'

const given = specify(nutrition)
const lunch = MealLogged({
  ...{ userId: 'ann', mealId: 'm1', day: '2026-11-23', slot: 'lunch', name: 'Lentils' },
  ...{ calories: 320, protein: 20, carbs: 40, fat: 5, fibre: 12 },
})

it('a removed meal does not count', () => {
  given(dailyIntake, [lunch, MealRemoved({ userId: 'ann', mealId: 'm1', day: '2026-11-23' })]).thenState(
    '2026-11-23',
    dailyIntake.initialState(),
  )
})
