import { type Health, isLarderError, openLarder, type SyncStatus } from '@larder/sdk'
import { count, domain, type JotsPage, Jotted, jots } from '../jots.ts'

const returned: JotsPage['returned'] = []
addEventListener('pageshow', ({ persisted }) => {
  const [navigation] = performance.getEntriesByType('navigation').map((entry) => entry.toJSON())
  if (persisted || navigation?.type === 'back_forward')
    returned.push({ persisted, reasons: JSON.stringify(navigation?.notRestoredReasons ?? null) })
})

const larder = await openLarder({
  name: 'jots',
  domain,
  worker: () => new Worker(new URL('./jots.worker.ts', import.meta.url), { type: 'module' }),
  sync: { url: '/sync', auth: async () => 'dev:ann' },
})
let status: SyncStatus | undefined
let health: Health | undefined
larder.sync.status$.subscribe((told) => {
  status = told
})
larder.health$.subscribe((told) => {
  health = told
})

globalThis.page = {
  returned,
  listenedTo: globalThis.listenedTo ?? new Set(),
  append: (text) =>
    larder.append(Jotted({ text })).then(
      () => 'stored',
      (error: unknown) => (isLarderError(error) ? { code: error.code, details: error.details } : String(error)),
    ),
  appendAll: async (count) => {
    const begunAt = performance.now()
    await larder.appendAll(Array.from({ length: count }, (_, n) => Jotted({ text: `${n}` })))
    return performance.now() - begunAt
  },
  texts: () => larder.get(jots),
  count: () => larder.get(count),
  checkpoints: () =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open('larder/jots/derived')
      opening.onerror = () => reject(opening.error)
      opening.onsuccess = () => {
        const keys = opening.result.transaction('checkpointHeads').objectStore('checkpointHeads').getAllKeys()
        keys.onerror = () => reject(keys.error)
        keys.onsuccess = () => resolve(keys.result.map((key) => (Array.isArray(key) ? String(key[0]) : '')))
        opening.result.close()
      }
    }),
  pause: () => larder.sync.pause(),
  resume: () => larder.sync.resume().catch(() => undefined),
  persist: () => larder.persist(),
  stands: () => ({
    state: status?.state ?? 'unknown',
    problem: status?.problem?.code,
    leader: status?.leader === true,
    health,
  }),
}
