import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Day, Id } from './fields.ts'

/** A logged meal was taken back. Harmless where it is not there, or was removed already, so two devices may both say it. */
export const MealRemoved = defineEvent('MealRemoved', {
  schema: z.lazy(() =>
    z.object({
      userId: Id,
      mealId: Id,
      /** The day on which it was logged. */
      day: Day,
    }),
  ),
  stream: ({ mealId }) => `meal-${mealId}`,
})
