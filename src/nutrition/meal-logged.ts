import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Day, Grams, Id, Text } from './fields.ts'

export const MealSlot = z.enum(['breakfast', 'lunch', 'dinner', 'snacks'])
export type MealSlot = z.infer<typeof MealSlot>

export const Portion = z.object({
  /** How many of `unit`. */
  amount: z.number().positive(),
  /** As the person chose it: `g`, `oz`, or a household measure such as `cup, diced`. */
  unit: Text,
  /** What all of it weighs. */
  grams: z.number().positive(),
})
export type Portion = z.infer<typeof Portion>

/** A meal, as it is logged or planned. */
export const mealFields = () =>
  z.object({
    userId: Id,
    mealId: Id,
    /** Where the person is, not in UTC. */
    day: Day,
    slot: MealSlot,
    name: Text,
    /** kcal, of the whole portion; so are the grams below. */
    calories: z.number().nonnegative(),
    protein: Grams,
    carbs: Grams,
    fat: Grams,
    fibre: Grams,
    portion: Portion.optional(),
    /** The food in the app's table, if it came from there. */
    foodId: Id.optional(),
  })

/**
 * Somebody ate something. Logging the same `mealId` again on the same day replaces the meal: that is how one is edited, or a removal undone.
 * To move a meal to another day, append `MealRemoved` for the old day and `MealLogged` for the new one in one commit.
 */
export const MealLogged = defineEvent('MealLogged', {
  schema: z.lazy(mealFields),
  stream: ({ mealId }) => `meal-${mealId}`,
})
