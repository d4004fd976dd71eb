import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Day, Id } from './fields.ts'

export const planFields = () =>
  z.object({
    userId: Id,
    planId: Id,
    /** First day of the week that it plans. */
    weekStart: Day,
    /** A day's targets by nutrient: `calories` in kcal, the others in grams. */
    nutritionalTargets: z.record(z.string(), z.number().nonnegative()),
    /** Meals in the week. */
    mealCount: z.int().nonnegative(),
  })

/** A plan for a week was made. */
export const MealPlanCreated = defineEvent('MealPlanCreated', {
  schema: z.lazy(planFields),
  stream: ({ planId }) => `plan-${planId}`,
})
