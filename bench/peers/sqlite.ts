import { wrap } from 'comlink'
import { type Engine, toRows } from '../page/engine.ts'
import type { SqliteApi } from './sqlite.worker.ts'

/** OPFS needs a worker: as its users do, the page calls it through Comlink. */
export const engine: Engine = {
  async open() {
    const worker = new Worker(new URL('./sqlite.worker.ts', import.meta.url), { type: 'module' })
    const api = wrap<SqliteApi>(worker)
    await api.open()
    return {
      append: (events) => api.append(toRows(events)),
      readAll: async (visit) => {
        for (const meal of await api.readAll()) visit(meal)
      },
      replay: (day) => api.replay(day),
      firstState: (day) => api.totalsOf(day),
      readStream: (stream) => api.readStream(stream),
      close: async () => {
        await api.close()
        worker.terminate()
      },
    }
  },
}
