import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, from } from '../../../src/domain.ts'
import { ReminderShown } from './first.ts'

export { ReminderShown } from './first.ts'

/** The second release: fields were renamed. */
export const MealLogged = defineEvent('MealLogged', {
  version: 2,
  schema: z.object({ userId: z.string(), mealId: z.string(), calories: z.number(), note: z.string().optional() }),
  stream: ({ mealId }) => `meal-${mealId}`,
  upcast: {
    1: from(
      z.object({ user: z.string(), meal: z.string(), kcal: z.number(), comment: z.string().optional() }),
      ({ user, meal, kcal, comment }) => ({
        userId: user,
        mealId: meal,
        calories: kcal,
        ...(comment === undefined ? {} : { note: comment }),
      }),
    ),
  },
})
export const GoalSet = defineEvent('GoalSet', {
  version: 2,
  schema: z.object({ userId: z.string(), calories: z.number() }),
  stream: ({ userId }) => `user-${userId}`,
  upcast: {
    1: from(z.object({ user: z.string(), kcal: z.number() }), ({ user, kcal }) => ({ userId: user, calories: kcal })),
  },
})

export const intake = defineProjection('intake', {
  version: 1,
  events: [MealLogged, GoalSet],
  key: ({ data }) => data.userId,
  initial: () => ({ meals: {} as Readonly<Record<string, number>>, goal: 0 }),
  evolve: {
    MealLogged: (state, { data }) => ({ ...state, meals: { ...state.meals, [data.mealId]: data.calories } }),
    GoalSet: (state, { data }) => ({ ...state, goal: data.calories }),
  },
})

export const renamed = defineDomain({
  version: '2',
  events: [MealLogged, GoalSet, ReminderShown],
  projections: [intake],
})
