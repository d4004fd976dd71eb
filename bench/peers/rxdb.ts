import { createRxDatabase, type RxJsonSchema } from 'rxdb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { type Engine, type EventRow, toRows } from '../page/engine.ts'
import { DailyTotals } from '../page/totals.ts'

const text = (maxLength: number) => ({ type: 'string', maxLength }) as const

const schema: RxJsonSchema<EventRow> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: text(36),
    commitId: text(36),
    type: text(64),
    version: { type: 'number' },
    stream: text(128),
    time: text(24),
    data: { type: 'object', additionalProperties: true },
    metadata: { type: 'object', additionalProperties: true },
  },
  required: ['id', 'commitId', 'type', 'version', 'stream', 'time', 'data', 'metadata'],
  indexes: ['commitId', 'stream', 'type', 'time'],
}

export const engine: Engine = {
  async open() {
    const database = await createRxDatabase({
      name: 'bench',
      storage: getRxStorageDexie({ chromeTransactionDurability: 'strict' }),
      closeDuplicates: true,
    })
    const { events } = await database.addCollections({ events: { schema } })
    const totalsOf = async (selector: object, day: string) => {
      const totals = new DailyTotals()
      for (const { data } of await events.find({ selector }).exec()) totals.add(data)
      return totals.of(day)
    }
    return {
      append: async (meals) => {
        const rows = toRows(meals)
        const [only] = rows
        if (only !== undefined && rows.length === 1) {
          await events.insert(only)
          return
        }
        const { error } = await events.bulkInsert(rows)
        if (error.length > 0) throw new Error(`RxDB refused ${error.length} documents`)
      },
      readAll: async (visit) => {
        for (const { data } of await events.find().exec()) visit(data)
      },
      replay: (day) => totalsOf({}, day),
      firstState: (day) => totalsOf({ time: { $gte: day, $lt: `${day}~` } }, day),
      readStream: async (stream) => {
        const found = await events.find({ selector: { stream } }).exec()
        return found.map(({ data }) => data)
      },
      close: async () => {
        await database.close()
      },
    }
  },
}
