import { atLeast, type Row } from '../harness/row.ts'
import { inOwnStore } from './in-own-store.ts'

const COMMITS = { quick: 5000, full: 10_000 }

export const syncDrain: Row = {
  name: 'sync-drain',
  unit: 'events/s',
  isHigherBetter: true,
  what: '10,000 pending commits (quick: 5,000) of one event to a local server with the embedded log, which shares the processors',
  peers: [],
  measure: (engine, context) =>
    inOwnStore('sync-drain', engine, context, async (tab) => {
      const account = `drain-${context.run}`
      const commits = context.quick ? COMMITS.quick : COMMITS.full
      await tab.run('drain-prepare', { commits, account })
      const { ms } = await tab.run('drain-run', undefined)
      await context.sync.assertAccepted(account, commits)
      return { p50: (commits / ms) * 1000, events: commits }
    }),
  goals: ({ p50 }) => [...atLeast('floor: events/s', p50, 4000), ...atLeast('target: events/s', p50, 10_000)],
}
