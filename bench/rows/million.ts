import { atMost, type Row } from '../harness/row.ts'
import { percentile } from '../harness/statistics.ts'
import { workerHeapBytes } from '../harness/worker-heap.ts'

const MB = 1e6
const PAGE = 100
/** From each end of the log. */
const PAGES = 30
/** In a run, each in a page of its own: one alone says more of what else the machine does. */
const OPENS = 7

export const millionOpenWarm: Row = {
  name: 'million-open-warm',
  unit: 'ms',
  isHigherBetter: false,
  what: "from nothing open to a view's first state, over the compacted log with checkpoints",
  peers: [],
  measure: async (engine, { browser, logs, run }) => {
    const { origin, events, shape } = await logs.compacted(engine)
    const open = () => browser.withPage(origin, (tab) => tab.run('first-state', { events, shape, isCold: false }))
    const cold = run === 1 ? [await open()] : []
    const ms: number[] = []
    for (let opened = 0; opened < OPENS; opened++) ms.push((await open()).ms)
    const p50 = percentile(ms, 0.5)
    return { p50, events, ...(cold[0] === undefined ? {} : { also: { 'without checkpoints ms': cold[0].ms } }) }
  },
  goals: ({ p50 }) => atMost('p50 ms', p50, 100),
}

export const millionPage: Row = {
  name: 'million-page',
  unit: 'ms',
  isHigherBetter: false,
  what: `a page of ${PAGE} events, page after page from the end of the log backward and from its beginning forward`,
  peers: [],
  measure: async (engine, { browser, logs }) => {
    const { origin, events } = await logs.compacted(engine)
    const { firstMs, ms } = await browser.withPage(origin, (tab) =>
      tab.run('read-pages', { pages: PAGES, limit: PAGE }),
    )
    return {
      p50: percentile(ms, 0.5),
      p95: percentile(ms, 0.95),
      events,
      also: { 'first page after opening ms': firstMs },
    }
  },
  goals: ({ p50, p95 }) => [...atMost('p50 ms', p50, 20), ...atMost('p95 ms', p95, 20)],
}

export const millionMemory: Row = {
  name: 'million-memory',
  unit: 'MB',
  isHigherBetter: false,
  what: "the worker's heap after a collection, with views open on three projections",
  peers: [],
  measure: async (engine, { browser, logs }) => {
    const { origin, events } = await logs.compacted(engine)
    return browser.withPage(origin, async (tab) => {
      await tab.run('open-views', { events })
      return { p50: (await workerHeapBytes(tab.page)) / MB, events }
    })
  },
  goals: ({ p50 }) => atMost('MB', p50, 60),
}
