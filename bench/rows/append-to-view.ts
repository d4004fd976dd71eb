import { atMost, type Row } from '../harness/row.ts'
import { percentile } from '../harness/statistics.ts'
import { inOwnStore } from './in-own-store.ts'

const SAMPLES = { quick: 50, full: 100 }

export const appendToView: Row = {
  name: 'append-to-view',
  unit: 'ms',
  isHigherBetter: false,
  what: 'from the call on the page to the new state on the page, with the large log behind it',
  peers: [],
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
    ...atMost('p50 ÷ that of append-one', p50 / (find('append-one', 'larder')?.p50 ?? Number.NaN), 2),
    ...atMost('p50 ÷ that of the same appends', p50 / (also?.['append ms'] ?? Number.NaN), 2),
  ],
}
