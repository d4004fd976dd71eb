import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Id, Text } from './fields.ts'

/** Who somebody is. */
export const Registration = z.object({
  email: z.email(),
  profile: z.object({
    name: Text.optional(),
    /** Years. */
    age: z.int().min(0).max(150).optional(),
    /** Such as `vegetarian`. */
    dietaryPreferences: z.array(Text).max(50).optional(),
  }),
})
export type Registration = z.infer<typeof Registration>

/** Somebody began to use the app. */
export const UserRegistered = defineEvent('UserRegistered', {
  schema: z.object({ userId: Id, ...Registration.shape }),
  stream: ({ userId }) => `user-${userId}`,
})
