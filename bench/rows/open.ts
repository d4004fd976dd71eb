import { peerKeys } from '../harness/engines.ts'
import type { StoredLog } from '../harness/logs.ts'
import { atMost, type Measurement, type Row, type RunContext } from '../harness/row.ts'

export const openWarm: Row = {
  name: 'open-warm',
  unit: 'ms',
  isHigherBetter: false,
  what: "from nothing open to a view's first state, over the large log",
  peers: peerKeys,
  notes: [
    'Each engine has opened this log in three other pages before, so that it has kept what it keeps for the next time, and the browser its code; the empty one too.',
    'Peers with a time index read one day by it; those without (PouchDB, TinyBase, both raw ones) read everything.',
  ],
  measure: async (engine, context) => {
    const log = await context.logs.get(engine, 'clustered')
    if (context.run === 1) await openBefore(log, context)
    const measurement = await firstState(log, context, false)
    if (engine !== 'larder') return measurement
    const { browser, server, run } = context
    const empty = { origin: server.originOf(`open-empty-${run}`, engine), events: 0, shape: log.shape }
    try {
      await openBefore(empty, context)
      const { p50 } = await firstState(empty, context, false)
      return { ...measurement, also: { 'empty ms': p50 } }
    } finally {
      await browser.clear(empty.origin)
    }
  },
  goals: ({ p50, also }) => atMost('ms more than an empty store', p50 - (also?.['empty ms'] ?? Number.NaN), 30),
}

export const openCold: Row = {
  name: 'open-cold',
  unit: 'ms',
  isHigherBetter: false,
  what: 'the same without checkpoints',
  peers: [],
  measure: async (engine, context) => firstState(await context.logs.get(engine, 'clustered'), context, true),
  goals: ({ p50, events }, find) => {
    const rate = find('replay', 'larder')?.p50
    const empty = find('open-warm', 'larder')?.also?.['empty ms']
    if (rate === undefined || empty === undefined || events === undefined) return []
    return atMost('÷ (opening an empty store + replay)', p50 / (empty + (events / rate) * 1000), 1.2)
  },
}

/** An engine keeps something for the next time, and a browser keeps a script compiled when it has been run at an origin twice. */
async function openBefore(log: StoredLog, context: RunContext): Promise<void> {
  for (let page = 0; page < 3; page++) await firstState(log, context, false)
}

async function firstState(log: StoredLog, { browser }: RunContext, isCold: boolean): Promise<Measurement> {
  const { origin, events, shape } = log
  const { ms } = await browser.withPage(origin, (tab) => tab.run('first-state', { events, shape, isCold }))
  return { p50: ms, events }
}
