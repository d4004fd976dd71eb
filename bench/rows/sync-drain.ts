import { atLeast, type Row } from '../harness/row.ts'
import { inOwnStore } from './in-own-store.ts'

const COMMITS = 10_000

export const syncDrain: Row = {
  name: 'sync-drain',
  unit: 'events/s',
  isHigherBetter: true,
  what: '10,000 pending commits of one event to a local server with the embedded log, which shares the processors',
  peers: [],
  measure: (engine, context) =>
    inOwnStore('sync-drain', engine, context, async (tab) => {
      const account = `drain-${context.run}`
      await tab.run('drain-prepare', { commits: COMMITS, account })
      const { ms } = await tab.run('drain-run', undefined)
      await context.sync.assertAccepted(account, COMMITS)
      return { p50: (COMMITS / ms) * 1000, events: COMMITS }
    }),
  goals: ({ p50 }) => [...atLeast('floor: events/s', p50, 4000), ...atLeast('target: events/s', p50, 10_000)],
}
