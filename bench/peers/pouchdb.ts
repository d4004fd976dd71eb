import indexedDbAdapter from 'pouchdb-adapter-indexeddb'
import PouchDB from 'pouchdb-browser'
import { type Engine, toRows } from '../page/engine.ts'
import { DailyTotals } from '../page/totals.ts'
import { forceStrictDurability } from './strict.ts'

forceStrictDurability()
PouchDB.plugin(indexedDbAdapter)

/** One document for each event; ids start with the stream, so that a stream is a range of ids, which is the index that PouchDB has. */
export const engine: Engine = {
  async open() {
    const database = new PouchDB('bench', { adapter: 'indexeddb', auto_compaction: false })
    await database.info()
    const documents = async (range: object) => {
      const { rows } = await database.allDocs({ include_docs: true, ...range })
      return rows.map(({ doc }) => doc.data)
    }
    const replay = async (day: string) => {
      const totals = new DailyTotals()
      for (const meal of await documents({})) totals.add(meal)
      return totals.of(day)
    }
    return {
      append: async (events) => {
        const rows = toRows(events).map((row) => ({ ...row, _id: `${row.stream}/${row.time}/${row.id}` }))
        const [only] = rows
        if (only !== undefined && rows.length === 1) {
          await database.put(only)
          return
        }
        const answers = await database.bulkDocs(rows)
        if (answers.some(({ error }) => error !== undefined)) throw new Error('PouchDB refused documents')
      },
      readAll: async (visit) => {
        for (const meal of await documents({})) visit(meal)
      },
      replay,
      firstState: replay,
      readStream: (stream) => documents({ startkey: `${stream}/`, endkey: `${stream}/\ufff0` }),
      close: () => database.close(),
    }
  },
}
