import { peerKeys } from '../harness/engines.ts'
import { atLeast, atMost, type Row } from '../harness/row.ts'

/** Of the browser, before it is measured: people open an app more than once. */
const STARTS = 2

export const sizeOnDisk: Row = {
  name: 'size-on-disk',
  unit: 'bytes/event',
  isHigherBetter: false,
  what: 'of the large log, as the browser counts it for the quota, after the browser was closed and the store opened again, twice',
  peers: peerKeys,
  runs: 1,
  notes: [
    'Larder: compacted, the newest events too, and with its checkpoints.',
    'The figure, and the goals, count what lies on the disk between two sessions. Of that, "live" is what is left when LevelDB has deleted the files it has replaced, which it does at the next opening; each opening of a Larder store makes it replace some again.',
  ],
  measure: async (engine, { browser, logs }) => {
    const { origin, events, shape } = await (engine === 'larder'
      ? logs.compacted(engine)
      : logs.get(engine, 'clustered'))
    // What was written last lies in a journal, which the next start folds in; what that start leaves behind, the one after it shows.
    let fileBytes = 0
    for (let starts = 0; starts < STARTS; starts++) {
      await browser.relaunch()
      fileBytes = await browser.withPage(origin, async (tab) => {
        await tab.run('first-state', { events, shape, isCold: false })
        const { bytes } = await tab.run('file-bytes', undefined)
        return bytes
      })
    }
    const bytes = async () => (await browser.databaseBytes(origin)) + fileBytes
    const atRest = await bytes()
    if (engine !== 'larder') return { p50: atRest / events, events }
    await browser.relaunch()
    await browser.withPage(origin, (tab) => tab.run('list-databases', undefined))
    return { p50: atRest / events, events, also: { 'live bytes/event': (await bytes()) / events } }
  },
  goals: ({ p50 }, find) => [
    ...atMost('bytes per event', p50, 45),
    ...atLeast('× less than Dexie rows', (find('size-on-disk', 'dexie')?.p50 ?? Number.NaN) / p50, 8),
  ],
}
