import { peerKeys } from '../harness/engines.ts'
import { atLeast, type Row } from '../harness/row.ts'

export const replay: Row = {
  name: 'replay',
  unit: 'events/s',
  isHigherBetter: true,
  what: 'the whole log folded from storage into daily totals, in a tab that has just opened it',
  peers: peerKeys,
  notes: ['Larder: without checkpoints, from plain segments as the appends wrote them.'],
  measure: async (engine, { browser, logs }) => {
    const { origin, events, shape } = await logs.get(engine, 'clustered')
    const { ms } = await browser.withPage(origin, (tab) => tab.run('replay', { events, shape }))
    return { p50: (events / ms) * 1000, events }
  },
  goals: ({ p50 }, find) => [
    ...atLeast('× reading Dexie rows', p50 / (find('replay', 'dexie')?.p50 ?? Number.NaN), 3),
    ...atLeast('plain, events/s', p50, 400_000),
  ],
}

export const replayCompacted: Row = {
  name: 'replay-compacted',
  unit: 'events/s',
  isHigherBetter: true,
  what: 'the same where the log was compacted: merged and sealed with gzip, the newest events too',
  peers: [],
  measure: async (engine, { browser, logs }) => {
    const { origin, events, shape } = await logs.compacted(engine)
    const { ms } = await browser.withPage(origin, (tab) => tab.run('replay', { events, shape }))
    return { p50: (events / ms) * 1000, events }
  },
  goals: ({ p50 }) => atLeast('events/s', p50, 250_000),
}
