import { type Engine, type EventRow, toRows } from '../page/engine.ts'
import { DailyTotals } from '../page/totals.ts'

/** The limit: one record for each batch, holding one JSON string. No index, no check, no second thread. */
export const engine: Engine = {
  async open() {
    const database = await openDatabase()
    const readRows = async (): Promise<EventRow[]> => {
      const batches: unknown[] = await answerOf(database.transaction('batches').objectStore('batches').getAll())
      return batches.flatMap((batch) => JSON.parse(String(batch)))
    }
    const replay = async (day: string) => {
      const totals = new DailyTotals()
      for (const { data } of await readRows()) totals.add(data)
      return totals.of(day)
    }
    return {
      append: (events) =>
        new Promise((resolve, reject) => {
          const transaction = database.transaction('batches', 'readwrite', { durability: 'strict' })
          transaction.oncomplete = () => resolve()
          transaction.onabort = () => reject(transaction.error)
          transaction.objectStore('batches').add(JSON.stringify(toRows(events)))
          transaction.commit()
        }),
      readAll: async (visit) => {
        for (const { data } of await readRows()) visit(data)
      },
      replay,
      firstState: replay,
      readStream: undefined,
      close: async () => database.close(),
    }
  },
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open('bench', 1)
  request.onupgradeneeded = () => request.result.createObjectStore('batches', { autoIncrement: true })
  return answerOf(request)
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
