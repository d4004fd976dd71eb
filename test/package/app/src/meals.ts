import { defineDomain, defineEvent, defineProjection } from '@larder/sdk/domain'
import { z } from 'zod'

export const MealLogged = defineEvent('MealLogged', {
  version: 1,
  schema: z.object({ mealId: z.string(), day: z.iso.date(), calories: z.number().nonnegative() }),
  stream: (data) => `meal-${data.mealId}`,
})

export const dailyIntake = defineProjection('dailyIntake', {
  version: 1,
  events: [MealLogged],
  key: (event) => event.data.day,
  initial: () => ({ meals: 0, calories: 0 }),
  evolve: {
    MealLogged: (state, { data }) => ({ meals: state.meals + 1, calories: state.calories + data.calories }),
  },
})

export const meals = defineDomain({ version: '1', events: [MealLogged], projections: [dailyIntake] })
