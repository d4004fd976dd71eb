import type { AppendJob } from '../page/jobs.ts'
import type { Shape } from '../page/meals.ts'

export const BATCH = 1000

/** An engine that stores fewer events a second than `rate` gets only so many: with the large log it would take minutes for each run. */
export const SLOW = { rate: 2000, events: { full: 5000, quick: 2000 } } as const

export function appendJob(events: number, shape: Shape, { quick }: { readonly quick: boolean }): AppendJob {
  const slow = { rate: SLOW.rate, events: quick ? SLOW.events.quick : SLOW.events.full }
  return { events, batch: BATCH, shape, warmUp: 2 * BATCH, slow }
}
