import { openLarder, type SyncStatus } from '@larder/sdk'
import { MealLogged, nutrition } from '@larder/sdk/nutrition'
import '../meals-page.ts'

const larder = await openLarder({
  name: 'chaos',
  domain: nutrition,
  worker: () => new Worker(new URL('./meals.worker.ts', import.meta.url), { type: 'module' }),
  sync: { url: '/sync', auth: async () => 'dev:ann' },
})
let status: SyncStatus | undefined
larder.sync.status$.subscribe((told) => {
  status = told
})

let longest = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
}).observe({ type: 'longtask', buffered: true })

let isBlocked = false

function mealOf(mealId: string) {
  return MealLogged({
    ...{ userId: 'ann', mealId, day: '2026-11-23', slot: 'lunch', name: 'Lentils', calories: 320 },
    ...{ protein: 20, carbs: 40, fat: 5, fibre: 12 },
  })
}

globalThis.chaos = {
  append: async (ids) => {
    for (const id of ids) await larder.append(mealOf(id))
  },
  appendMany: async (count, prefix) => {
    const meals = Array.from({ length: count }, (_, index) => mealOf(`${prefix}-${index}`))
    await larder.appendAll(meals, { batchSize: 10 })
  },
  meals: async () => {
    const [confirmed, pending]: [string[], string[]] = [[], []]
    let after: string | undefined
    do {
      const found = await larder.events({
        types: [MealLogged],
        limit: 1000,
        ...(after === undefined ? {} : { after }),
      })
      for (const { data, position } of found.events) {
        const id = typeof data === 'object' && data !== null && 'mealId' in data ? String(data.mealId) : ''
        if (position === undefined) pending.push(id)
        else confirmed.push(id)
      }
      after = found.next
    } while (after !== undefined)
    return { confirmed, pending }
  },
  syncNow: () => larder.sync.now(),
  pause: () => larder.sync.pause(),
  resume: () => larder.sync.resume(),
  stands: () => ({
    leader: status?.leader === true,
    pending: status?.pending ?? -1,
    state: status?.state ?? 'unknown',
  }),
  block: async () => {
    const [name = ''] = (await indexedDB.databases()).flatMap((each) =>
      each.name?.includes('chaos') ? [each.name] : [],
    )
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error ?? new Error('The log cannot be opened.'))
    })
    const transaction = database.transaction([...database.objectStoreNames], 'readwrite')
    const [store = ''] = database.objectStoreNames
    isBlocked = true
    transaction.oncomplete = () => database.close()
    await new Promise<void>((resolve) => {
      // A transaction lives as long as it is asked something.
      const hold = (): void => {
        resolve()
        if (isBlocked) transaction.objectStore(store).count().onsuccess = hold
      }
      transaction.objectStore(store).count().onsuccess = hold
    })
  },
  release: () => {
    isBlocked = false
  },
  longestTask: () => {
    const was = longest
    longest = 0
    return was
  },
}
