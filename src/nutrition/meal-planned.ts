import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Day, Id } from './fields.ts'
import { mealFields } from './meal-logged.ts'

/**
 * A meal was put into a plan. Planning the same `mealId` again replaces it. It is eaten by logging it under that id, so that the day tells which of
 * its planned meals were eaten, and a meal that is logged on two devices is there once.
 */
export const MealPlanned = defineEvent('MealPlanned', {
  schema: z.lazy(() => mealFields().extend({ planId: Id })),
  stream: ({ planId }) => `plan-${planId}`,
})

/** A meal was taken out of a plan. Harmless where it is not there. */
export const PlannedMealRemoved = defineEvent('PlannedMealRemoved', {
  schema: z.lazy(() =>
    z.object({
      userId: Id,
      planId: Id,
      mealId: Id,
      /** The day for which it was planned. */
      day: Day,
    }),
  ),
  stream: ({ planId }) => `plan-${planId}`,
})
