import { atMost, type Row } from '../harness/row.ts'
import { inOwnStore } from './in-own-store.ts'

export const longTasks: Row = {
  name: 'long-tasks',
  unit: 'ms',
  isHigherBetter: false,
  what: 'the longest task of over 50 ms on the page while appendAll imports as many events as the large log has, with a view open; 0 if there was none',
  peers: [],
  measure: (engine, context) =>
    inOwnStore('long-tasks', engine, context, async (tab) => {
      const { longestMs, long, ms } = await tab.run('import-with-view', { events: context.events })
      return { p50: longestMs, also: { 'tasks over 50 ms': long, 'events/s': (context.events / ms) * 1000 } }
    }),
  goals: ({ values }) => [
    ...atMost('runs of three with a task over 50 ms', (values.filter((ms) => ms > 50).length / values.length) * 3, 1),
    ...atMost('longest ms', Math.max(...values), 80),
  ],
}
