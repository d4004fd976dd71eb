import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Day, Id, Text } from './fields.ts'

/** Readings came in from a device, another service, or a file. */
export const HealthDataSynced = defineEvent('HealthDataSynced', {
  schema: z.lazy(() =>
    z.object({
      userId: Id,
      /** Where they come from: `apple_health`, `fitbit`, `csv`. */
      source: Text,
      metrics: z
        .array(
          z.object({
            /** What was measured: `weight`, `steps`, `water`, … */
            metric: Text,
            day: Day,
            value: z.number(),
            /** Such as `kg`, `count`, `ml`. */
            unit: Text,
          }),
        )
        .min(1)
        .max(1000),
    }),
  ),
  stream: ({ userId }) => `health-${userId}`,
})
