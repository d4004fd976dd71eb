import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Id, Text } from './fields.ts'

const registrationFields = () =>
  z.object({
    email: z.email(),
    profile: z.object({
      name: Text.optional(),
      /** Years. */
      age: z.int().min(0).max(150).optional(),
      /** Such as `vegetarian`. */
      dietaryPreferences: z.array(Text).max(50).optional(),
    }),
  })

/** Who somebody is. */
export const Registration = z.lazy(registrationFields)
export type Registration = z.infer<typeof Registration>

/** Somebody began to use the app. */
export const UserRegistered = defineEvent('UserRegistered', {
  schema: z.lazy(() => registrationFields().extend({ userId: Id })),
  stream: ({ userId }) => `user-${userId}`,
})
