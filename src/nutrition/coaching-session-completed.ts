import { z } from 'zod'
import { defineEvent } from '../domain.ts'
import { Id } from './fields.ts'

const sentences = () => z.array(z.string().trim().min(1).max(2000)).max(100)

/** A coach, human or not, went through the log with a person. */
export const CoachingSessionCompleted = defineEvent('CoachingSessionCompleted', {
  schema: z.lazy(() =>
    z.object({
      userId: Id,
      sessionId: Id,
      insights: sentences(),
      topicsCovered: sentences().optional(),
      recommendations: sentences().optional(),
      durationMinutes: z.number().nonnegative().optional(),
    }),
  ),
  stream: ({ sessionId }) => `coaching-${sessionId}`,
})
