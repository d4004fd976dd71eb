import { wrap } from 'comlink'
import { type Engine, type EventRow, toRows } from '../page/engine.ts'
import { DailyTotals } from '../page/totals.ts'
import type { OpfsApi } from './raw-opfs.worker.ts'

/** The limit: one line of JSON for each batch, appended to a file and flushed. The handle exists only in workers. */
export const engine: Engine = {
  async open() {
    const worker = new Worker(new URL('./raw-opfs.worker.ts', import.meta.url), { type: 'module' })
    const api = wrap<OpfsApi>(worker)
    await api.open()
    const readRows = async (): Promise<EventRow[]> => {
      const lines = (await api.read()).split('\n').filter((line) => line !== '')
      return lines.flatMap((line) => JSON.parse(line))
    }
    const replay = async (day: string) => {
      const totals = new DailyTotals()
      for (const { data } of await readRows()) totals.add(data)
      return totals.of(day)
    }
    return {
      append: (events) => api.append(`${JSON.stringify(toRows(events))}\n`),
      readAll: async (visit) => {
        for (const { data } of await readRows()) visit(data)
      },
      replay,
      firstState: replay,
      readStream: undefined,
      close: async () => {
        await api.close()
        worker.terminate()
      },
    }
  },
}
