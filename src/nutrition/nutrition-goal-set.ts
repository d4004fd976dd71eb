import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Id, Text } from './fields.ts'

export const GoalType = z.enum(['calories', 'protein', 'carbs', 'fat', 'fibre', 'weight', 'weight_loss', 'water'])
export type GoalType = z.infer<typeof GoalType>

const targetFields = () =>
  z.object({
    goalType: GoalType,
    /** In `unit`. */
    targetValue: z.number().nonnegative(),
    /** Such as `kcal`, `g`, `kg`, `ml`. */
    unit: Text,
    /** By when, or how often: `daily`, `weekly`, `monthly`, or a date. */
    timeline: Text.optional(),
  })

/** What a person aims at. */
export const Target = z.lazy(targetFields)
export type Target = z.infer<typeof Target>

/** A person set a target, or a new one in place of the old. The latest for a goal type counts. */
export const NutritionGoalSet = defineEvent('NutritionGoalSet', {
  schema: z.lazy(() => targetFields().extend({ userId: Id })),
  stream: ({ userId }) => `user-${userId}`,
})
