import { createStore } from 'tinybase'
import { createIndexedDbPersister } from 'tinybase/persisters/persister-indexed-db'
import { type Engine, toRows } from '../page/engine.ts'
import type { MealData } from '../page/meals.ts'
import { DailyTotals } from '../page/totals.ts'
import { forceStrictDurability } from './strict.ts'

forceStrictDurability()

/** Everything is in memory; a save writes all of it. Appends that come while one runs share the next. */
export const engine: Engine = {
  async open() {
    const store = createStore()
    let failure: unknown
    const persister = createIndexedDbPersister(store, 'bench', 1, (error) => {
      failure = error
    })
    // The database is made by the first save; to load from none would be an error.
    if ((await indexedDB.databases()).some(({ name }) => name === 'bench')) await persister.load()
    else await persister.save()
    const meals = (): MealData[] => {
      const found: MealData[] = []
      store.forEachRow('events', (id) => found.push(JSON.parse(String(store.getCell('events', id, 'data')))))
      return found
    }
    let saving: Promise<unknown> = Promise.resolve()
    let next: Promise<unknown> | undefined
    const save = (): Promise<unknown> => {
      next ??= saving.then(() => {
        next = undefined
        saving = persister.save()
        return saving
      })
      return next
    }
    const replay = async (day: string) => {
      const totals = new DailyTotals()
      for (const meal of meals()) totals.add(meal)
      return totals.of(day)
    }
    return {
      append: async (events) => {
        store.transaction(() => {
          for (const { id, data, metadata, ...row } of toRows(events))
            store.setRow('events', id, { ...row, data: JSON.stringify(data), metadata: JSON.stringify(metadata) })
        })
        await save()
        if (failure !== undefined) throw failure
      },
      readAll: async (visit) => {
        for (const meal of meals()) visit(meal)
      },
      replay,
      firstState: replay,
      readStream: async (stream) => {
        const found: MealData[] = []
        store.forEachRow('events', (id) => {
          if (store.getCell('events', id, 'stream') === stream)
            found.push(JSON.parse(String(store.getCell('events', id, 'data'))))
        })
        return found
      },
      close: async () => {
        await persister.destroy()
      },
    }
  },
}
