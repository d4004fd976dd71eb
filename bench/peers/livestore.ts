import { makePersistedAdapter } from '@livestore/adapter-web'
import LiveStoreSharedWorker from '@livestore/adapter-web/shared-worker?sharedworker'
import { createStorePromise, queryDb } from '@livestore/livestore'
import { type Engine, toRows } from '../page/engine.ts'
import type { MealData } from '../page/meals.ts'
import { DailyTotals } from '../page/totals.ts'
import LiveStoreWorker from './livestore.worker.ts?worker'
import { events, schema, tables } from './livestore-schema.ts'

/**
 * `commit` answers before anything is on disk, so an append is over when the leader, which writes to OPFS, has acknowledged all that is
 * pending.
 */
export const engine: Engine = {
  async open() {
    const adapter = makePersistedAdapter({
      storage: { type: 'opfs' },
      worker: LiveStoreWorker,
      sharedWorker: LiveStoreSharedWorker,
    })
    const store = await createStorePromise({
      schema,
      adapter,
      storeId: 'bench',
      disableDevtools: true,
      confirmUnsavedChanges: false,
    })
    const waiting = new Set<() => void>()
    const unsubscribe = store.subscribeSyncStatus(({ isSynced }) => {
      if (!isSynced) return
      for (const resolve of waiting) resolve()
      waiting.clear()
    })
    const acknowledged = () =>
      store.syncStatus().isSynced ? undefined : new Promise<void>((resolve) => waiting.add(resolve))
    const mealsWhere = (rows: readonly { readonly data: string }[]): MealData[] =>
      rows.map(({ data }) => JSON.parse(data))
    const totals = (meals: readonly MealData[], day: string) => {
      const days = new DailyTotals()
      for (const meal of meals) days.add(meal)
      return days.of(day)
    }
    const all = () => mealsWhere(store.query(queryDb(tables.meals)))
    return {
      append: async (meals) => {
        const rows = toRows(meals).map(({ data, metadata, ...row }) =>
          events.mealLogged({ ...row, data: JSON.stringify(data), metadata: JSON.stringify(metadata) }),
        )
        store.commit(...rows)
        await acknowledged()
      },
      readAll: async (visit) => {
        for (const meal of all()) visit(meal)
      },
      replay: async (day) => totals(all(), day),
      firstState: async (day) =>
        totals(
          mealsWhere(
            store.query(
              queryDb(
                tables.meals.where({ time: { op: '>=', value: day } }).where({ time: { op: '<', value: `${day}~` } }),
              ),
            ),
          ),
          day,
        ),
      readStream: async (stream) => mealsWhere(store.query(queryDb(tables.meals.where({ stream })))),
      close: async () => {
        unsubscribe()
        await store.shutdownPromise()
      },
    }
  },
}
