import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Day, Id } from './fields.ts'

/** A week was summed up. */
export const WeeklyReportGenerated = defineEvent('WeeklyReportGenerated', {
  schema: z.lazy(() =>
    z.object({
      userId: Id,
      reportId: Id,
      /** First and last day of the week; both belong to it. */
      weekStart: Day,
      weekEnd: Day,
      /** Averages of a day, by name: `calories` in kcal, nutrients in grams, `daysLogged`, … */
      metrics: z.record(z.string(), z.number()),
      /** By goal type: was it reached? */
      goalAchievements: z.record(z.string(), z.boolean()).optional(),
    }),
  ),
  stream: ({ reportId }) => `report-${reportId}`,
})
