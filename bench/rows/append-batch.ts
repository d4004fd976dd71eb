import { appendJob } from '../harness/append-job.ts'
import type { EngineKey } from '../harness/engines.ts'
import { peerKeys } from '../harness/engines.ts'
import { atLeast, type Measurement, type Row, type RunContext } from '../harness/row.ts'
import type { Shape } from '../page/meals.ts'
import { inOwnStore } from './in-own-store.ts'

export const appendBatch: Row = {
  name: 'append-batch',
  unit: 'events/s',
  isHigherBetter: true,
  what: 'events stored durably, 1,000 per append in 10 streams, each append awaited, from the page through the worker',
  peers: peerKeys,
  measure: (engine, context) => measure('append-batch', engine, context, 'clustered'),
  goals: ({ p50 }, find) => {
    const against = (peer: EngineKey) => p50 / (find('append-batch', peer)?.p50 ?? Number.NaN)
    return [
      ...atLeast('floor: × Dexie rows', against('dexie'), 10),
      ...atLeast('floor: × RxDB', against('rxdb'), 10),
      ...atLeast('floor: of raw IndexedDB', against('raw-idb'), 0.45),
      ...atLeast('target: × Dexie rows', against('dexie'), 15),
      ...atLeast('target: × SQLite', against('sqlite'), 5),
      ...atLeast('target: × LiveStore', against('livestore'), 250),
      ...atLeast('target: of raw IndexedDB', against('raw-idb'), 0.6),
    ]
  },
}

export const appendBatchStreams: Row = {
  name: 'append-batch-streams',
  unit: 'events/s',
  isHigherBetter: true,
  what: 'the same with 1,000 streams in each append, all of them new',
  peers: ['dexie', 'rxdb', 'sqlite', 'raw-idb'],
  measure: (engine, context) => measure('append-batch-streams', engine, context, 'distinct'),
  goals: ({ p50 }, find) => {
    const against = (peer: EngineKey) => p50 / (find('append-batch-streams', peer)?.p50 ?? Number.NaN)
    return [
      ...atLeast('floor: × Dexie rows', against('dexie'), 10),
      ...atLeast('floor: × RxDB', against('rxdb'), 10),
      ...atLeast('floor: of raw IndexedDB', against('raw-idb'), 0.45),
      ...atLeast('target: × Dexie rows', against('dexie'), 15),
      ...atLeast('target: × SQLite', against('sqlite'), 5),
      ...atLeast('target: of raw IndexedDB', against('raw-idb'), 0.6),
    ]
  },
}

/** The store of the first run is kept for the rows that read. */
async function measure(row: string, engine: EngineKey, context: RunContext, shape: Shape): Promise<Measurement> {
  const { browser, server, events, logs, run } = context
  const job = appendJob(events, shape, context)
  const work = async (origin: string) => {
    const answer = await browser.withPage(origin, (tab) => tab.run('append-batches', job))
    return { ...answer, p50: (answer.events / answer.ms) * 1000 }
  }
  if (run === 1) {
    const origin = server.originOf(`log-${shape}`, engine)
    const { p50, stored } = await work(origin)
    logs.adopt(engine, { origin, events: stored, shape })
    return { p50, events: stored }
  }
  return inOwnStore(row, engine, context, async (tab) => {
    const { stored, events: timed, ms } = await tab.run('append-batches', job)
    return { p50: (timed / ms) * 1000, events: stored }
  })
}
