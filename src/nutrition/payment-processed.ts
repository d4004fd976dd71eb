import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Id, Text } from './fields.ts'

/** A subscription was paid. Only a server says so: the rule `payment-from-client` refuses it from a device. */
export const PaymentProcessed = defineEvent('PaymentProcessed', {
  schema: z.lazy(() =>
    z.object({
      userId: Id,
      subscriptionId: Id,
      /** In the currency's smallest unit, such as cents: money is never a fraction. */
      amountMinor: z.int().nonnegative(),
      /** ISO 4217, such as `EUR`. */
      currency: z.string().regex(/^[A-Z]{3}$/, 'a currency is three capital letters, such as EUR'),
      paymentMethod: Text.optional(),
      transactionId: Id.optional(),
    }),
  ),
  stream: ({ subscriptionId }) => `subscription-${subscriptionId}`,
})
