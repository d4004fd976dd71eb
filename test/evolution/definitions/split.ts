import * as z from 'zod'
import { defineDomain, defineEvent, defineProjection, from } from '../../../src/domain.ts'
import { ReminderShown } from './first.ts'
import { GoalSet } from './renamed.ts'

export { ReminderShown } from './first.ts'
export { GoalSet } from './renamed.ts'

/** The third release: a note is an event of its own, and a meal may have several. */
export const NoteAdded = defineEvent('NoteAdded', {
  schema: z.object({ mealId: z.string(), text: z.string() }),
  stream: ({ mealId }) => `meal-${mealId}`,
})

type MealV2 = { userId: string; mealId: string; calories: number; note?: string | undefined }
/** What was one event in the second release. */
const apart = ({ note, ...meal }: MealV2) => ({
  meal,
  notes: note === undefined ? [] : [NoteAdded({ mealId: meal.mealId, text: note })],
})

export const MealLogged = defineEvent('MealLogged', {
  version: 3,
  schema: z.object({ userId: z.string(), mealId: z.string(), calories: z.number() }),
  stream: ({ mealId }) => `meal-${mealId}`,
  upcast: {
    1: from(
      z.object({ user: z.string(), meal: z.string(), kcal: z.number(), comment: z.string().optional() }),
      [NoteAdded],
      ({ user, meal: mealId, kcal, comment }, current) => {
        const { meal, notes } = apart({ userId: user, mealId, calories: kcal, note: comment })
        return [current(meal), ...notes]
      },
    ),
    2: from(
      z.object({ userId: z.string(), mealId: z.string(), calories: z.number(), note: z.string().optional() }),
      [NoteAdded],
      (old, current) => {
        const { meal, notes } = apart(old)
        return [current(meal), ...notes]
      },
    ),
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
export const notes = defineProjection('notes', {
  version: 1,
  events: [NoteAdded],
  key: ({ data }) => data.mealId,
  initial: (): readonly string[] => [],
  evolve: { NoteAdded: (texts, { data }) => [...texts, data.text] },
})

export const split = defineDomain({
  version: '3',
  events: [MealLogged, NoteAdded, GoalSet, ReminderShown],
  projections: [intake, notes],
})
