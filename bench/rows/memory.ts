import { atMost, type Row } from '../harness/row.ts'
import { workerHeapBytes } from '../harness/worker-heap.ts'

const MB = 1e6

export const memory: Row = {
  name: 'memory',
  unit: 'MB',
  isHigherBetter: false,
  what: "the worker's heap after a collection, with the large log stored and views open on three projections",
  peers: [],
  measure: async (engine, { browser, logs }) => {
    const { origin, events } = await logs.get(engine, 'clustered')
    return browser.withPage(origin, async (tab) => {
      await tab.run('open-views', { events })
      return { p50: (await workerHeapBytes(tab.page)) / MB, events }
    })
  },
  goals: ({ p50 }) => atMost('MB', p50, 25),
}
