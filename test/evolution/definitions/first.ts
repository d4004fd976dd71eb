import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection } from '../../../src/domain.ts'

/** The app as it was first released. */
export const MealLogged = defineEvent('MealLogged', {
  schema: z.object({ user: z.string(), meal: z.string(), kcal: z.number(), comment: z.string().optional() }),
  stream: ({ meal }) => `meal-${meal}`,
})
export const GoalSet = defineEvent('GoalSet', {
  schema: z.object({ user: z.string(), kcal: z.number() }),
  stream: ({ user }) => `user-${user}`,
})
export const ReminderShown = defineEvent('ReminderShown', {
  schema: z.object({ user: z.string(), text: z.string() }),
  stream: ({ user }) => `user-${user}`,
})

export const intake = defineProjection('intake', {
  version: 1,
  events: [MealLogged, GoalSet],
  key: ({ data }) => data.user,
  initial: () => ({ meals: {} as Readonly<Record<string, number>>, goal: 0 }),
  evolve: {
    MealLogged: (state, { data }) => ({ ...state, meals: { ...state.meals, [data.meal]: data.kcal } }),
    GoalSet: (state, { data }) => ({ ...state, goal: data.kcal }),
  },
})

export const first = defineDomain({
  version: '1',
  events: [MealLogged, GoalSet, ReminderShown],
  projections: [intake],
})
