import { atLeast, atMost, type Row } from '../harness/row.ts'

export const rebuild: Row = {
  name: 'rebuild',
  unit: 'events/s',
  isHigherBetter: true,
  what: 'one projection folded anew over the large log beside the states that a view shows, from the call to the swapped states stored',
  peers: [],
  measure: async (engine, { browser, logs }) => {
    const { origin, events } = await logs.get(engine, 'clustered')
    const { ms, callMs, longestMs, backward } = await browser.withPage(origin, (tab) => tab.run('rebuild', { events }))
    return {
      p50: (events / ms) * 1000,
      events,
      also: {
        'longest task of the page ms': longestMs,
        'longest other call ms': Math.max(0, ...callMs),
        'emissions that went back': backward,
      },
    }
  },
  goals: ({ p50, also }, find) => [
    ...atLeast('of replay', p50 / (find('replay', 'larder')?.p50 ?? Number.NaN), 0.5),
    ...atMost('emissions that went back', also?.['emissions that went back'], 0),
    ...atMost('longest task of the page ms', also?.['longest task of the page ms'], 50),
  ],
}
