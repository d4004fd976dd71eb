import type { AppendJob } from '../page/jobs.ts'
import type { Shape } from '../page/meals.ts'

export const BATCH = 1000

export function appendJob(events: number, shape: Shape): AppendJob {
  return { events, batch: BATCH, shape, warmUp: 2 * BATCH, slow: { rate: 2000, events: 5000 } }
}
