import { atMost, type Row } from '../harness/row.ts'
import { inOwnStore } from './in-own-store.ts'

const COMMITS = 1000

export const rebase: Row = {
  name: 'rebase',
  unit: 'ms',
  isHigherBetter: false,
  what: '1,000 pending under 1,000 pulled: from the text of the response in the worker, before it is parsed, to the state on the page',
  peers: [],
  measure: (engine, context) =>
    inOwnStore('rebase', engine, context, async (tab) => {
      context.sync.beginDeferring()
      await tab.run('rebase-prepare', { commits: COMMITS })
      context.sync.offer(COMMITS)
      const { ms } = await tab.run('rebase-run', { pulled: COMMITS })
      return { p50: ms, events: COMMITS }
    }),
  goals: ({ p50 }) => atMost('ms', p50, 40),
}
