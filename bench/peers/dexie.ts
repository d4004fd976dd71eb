import { Dexie, type EntityTable } from 'dexie'
import { type Engine, type EventRow, toRows } from '../page/engine.ts'
import type { MealData } from '../page/meals.ts'
import { DailyTotals } from '../page/totals.ts'

type StoredRow = EventRow & { position: number }

/** One row for each event, with the four indexes that answer what Larder answers: by commit, stream, type and time. */
class EventsDatabase extends Dexie {
  declare readonly events: EntityTable<StoredRow, 'position'>

  constructor() {
    super('bench', { chromeTransactionDurability: 'strict' })
    this.version(1).stores({ events: '++position, commitId, stream, type, time' })
  }
}

export const engine: Engine = {
  async open() {
    const database = new EventsDatabase()
    await database.open()
    const { events } = database
    return {
      append: async (meals) => {
        const rows = toRows(meals)
        const [only] = rows
        if (only !== undefined && rows.length === 1) await events.add(only)
        else await events.bulkAdd(rows)
      },
      readAll: async (visit: (meal: MealData) => void) => {
        for (const { data } of await events.toArray()) visit(data)
      },
      replay: async (day) => {
        const totals = new DailyTotals()
        for (const { data } of await events.orderBy('position').toArray()) totals.add(data)
        return totals.of(day)
      },
      firstState: async (day) => {
        const totals = new DailyTotals()
        for (const { data } of await events.where('time').between(day, `${day}~`).toArray()) totals.add(data)
        return totals.of(day)
      },
      readStream: async (stream) => {
        const rows = await events.where('stream').equals(stream).toArray()
        return rows.map(({ data }) => data)
      },
      close: async () => database.close(),
    }
  },
}
