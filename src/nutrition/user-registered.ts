import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Id, Text } from './fields.ts'

/** Somebody began to use the app. */
export const UserRegistered = defineEvent('UserRegistered', {
  schema: z.object({
    userId: Id,
    email: z.email(),
    profile: z.object({
      name: Text.optional(),
      /** Years. */
      age: z.int().min(0).max(150).optional(),
      /** Such as `vegetarian`. */
      dietaryPreferences: z.array(Text).max(50).optional(),
    }),
  }),
  stream: ({ userId }) => `user-${userId}`,
})
