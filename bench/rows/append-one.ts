import { peerKeys } from '../harness/engines.ts'
import { atLeast, atMost, type Row, type RunContext } from '../harness/row.ts'
import { percentile } from '../harness/statistics.ts'
import { APPEND_PAUSE_MS } from '../page/jobs.ts'
import { inOwnStore } from './in-own-store.ts'

const SAMPLES = { quick: 100, full: 300 }
const PAUSED_SAMPLES = { quick: 50, full: 100 }
const WARM_UP = 30
/** Name of a figure. */
export const AFTER_PAUSE = 'after a pause ms'
const CONCURRENT = { quick: 500, full: 2000 }
/** LiveStore takes 10 ms and more for each commit, before it has written anything. */
const CONCURRENT_LIVESTORE = 200

export const appendOne: Row = {
  name: 'append-one',
  unit: 'ms',
  isHigherBetter: false,
  what: 'one event, from the call on the page to the resolved promise',
  peers: peerKeys,
  measure: (engine, context) =>
    inOwnStore('append-one', engine, context, async (tab) => {
      const samples = context.quick ? SAMPLES.quick : SAMPLES.full
      const { ms } = await tab.run('append-one', { warmUp: WARM_UP, samples })
      const measured = { p50: percentile(ms, 0.5), p95: percentile(ms, 0.95) }
      return engine === 'larder' ? { ...measured, also: { [AFTER_PAUSE]: await afterPauses(context) } } : measured
    }),
  goals: ({ p50, p95 }, find) => [
    ...atMost('p50 ÷ that of a bare Dexie add', p50 / (find('append-one', 'dexie')?.p50 ?? Number.NaN), 1.2),
    ...atMost('p95 ms', p95, 8),
  ],
}

/** As a person appends, and as `append-to-view` does: a browser with nothing to do for a moment takes longer for what comes next. */
function afterPauses(context: RunContext): Promise<number> {
  return inOwnStore('append-one-paused', 'larder', context, async (tab) => {
    const samples = context.quick ? PAUSED_SAMPLES.quick : PAUSED_SAMPLES.full
    const { ms } = await tab.run('append-one', { warmUp: WARM_UP, samples, pauseMs: APPEND_PAUSE_MS })
    return percentile(ms, 0.5)
  })
}

export const appendConcurrent: Row = {
  name: 'append-concurrent',
  unit: 'events/s',
  isHigherBetter: true,
  what: '2,000 appends of one event (quick: 500), none awaited before the last was called',
  notes: [`livestore: ${CONCURRENT_LIVESTORE} appends.`],
  peers: ['dexie', 'rxdb', 'sqlite', 'livestore', 'pouchdb', 'tinybase', 'raw-idb', 'raw-opfs'],
  measure: (engine, context) =>
    inOwnStore('append-concurrent', engine, context, async (tab) => {
      const wanted = context.quick ? CONCURRENT.quick : CONCURRENT.full
      const appends = engine === 'livestore' ? CONCURRENT_LIVESTORE : wanted
      const { ms } = await tab.run('append-concurrent', { appends })
      return { p50: (appends / ms) * 1000 }
    }),
  goals: ({ p50 }, find) => atLeast('× Dexie', p50 / (find('append-concurrent', 'dexie')?.p50 ?? Number.NaN), 10),
}
