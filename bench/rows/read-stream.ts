import type { EngineKey } from '../harness/engines.ts'
import { atMost, type Measurement, type Row, type RunContext } from '../harness/row.ts'
import { percentile } from '../harness/statistics.ts'
import type { Shape } from '../page/meals.ts'

const READS = 40

export const readStream: Row = {
  name: 'read-stream',
  unit: 'ms',
  isHigherBetter: false,
  what: 'the 100 events of one stream of the large log, which lie together',
  peers: ['dexie', 'rxdb', 'sqlite', 'livestore', 'pouchdb', 'tinybase'],
  measure: (engine, context) => measure(engine, context, 'clustered'),
  goals: ({ p50 }) => atMost('p50 ms', p50, 10),
}

export const readStreamInterleaved: Row = {
  name: 'read-stream-interleaved',
  unit: 'ms',
  isHigherBetter: false,
  what: 'the same where the events of all streams alternate, so that they lie all over the log',
  peers: ['dexie', 'sqlite'],
  measure: (engine, context) => measure(engine, context, 'interleaved'),
  goals: ({ p50 }) => atMost('p50 ms', p50, 50),
}

async function measure(engine: EngineKey, { browser, logs }: RunContext, shape: Shape): Promise<Measurement> {
  const { origin, events } = await logs.get(engine, shape)
  const { ms } = await browser.withPage(origin, (tab) => tab.run('read-stream', { events, shape, reads: READS }))
  return { p50: percentile(ms, 0.5), p95: percentile(ms, 0.95), events }
}
