import { atMost, type FindFigure, type Row } from '../harness/row.ts'
import { percentile } from '../harness/statistics.ts'
import { APPEND_PAUSE_MS } from '../page/jobs.ts'
import { AFTER_PAUSE } from './append-one.ts'
import { inOwnStore } from './in-own-store.ts'

const SAMPLES = { quick: 50, full: 100 }

export const appendToView: Row = {
  name: 'append-to-view',
  unit: 'ms',
  isHigherBetter: false,
  what: 'from the call on the page to the new state on the page, with the large log behind it',
  peers: [],
  notes: [
    `The page does nothing for ${APPEND_PAUSE_MS} ms before each append, so append-one is measured with that pause too: an append, Larder's or a bare Dexie's, takes about twice as long after it.`,
  ],
  measure: (engine, context) =>
    inOwnStore('append-to-view', engine, context, async (tab) => {
      const samples = context.quick ? SAMPLES.quick : SAMPLES.full
      const { appendMs, viewMs } = await tab.run('append-to-view', { events: context.events, samples })
      return {
        p50: percentile(viewMs, 0.5),
        p95: percentile(viewMs, 0.95),
        also: { 'append ms': percentile(appendMs, 0.5) },
      }
    }),
  goals: ({ p50, also }, find) => [
    ...atMost('p50 ÷ that of append-one after the same pause', p50 / pausedAppend(find), 2),
    ...atMost('p50 ÷ that of the same appends', p50 / (also?.['append ms'] ?? Number.NaN), 2),
  ],
}

function pausedAppend(find: FindFigure): number {
  return find('append-one', 'larder')?.also?.[AFTER_PAUSE] ?? Number.NaN
}
