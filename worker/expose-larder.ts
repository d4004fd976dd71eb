import { expose } from 'comlink'
import { config } from 'zod/mini'
import { openEngine } from '../src/engine/open-engine.ts'
import { createBrowserPlatform } from '../src/platform/browser-platform.ts'
import { createFetchTransport } from '../src/platform/fetch-transport.ts'
import { browserStorageFacts, reusesStorageLog } from '../src/platform/storage-facts.ts'
import { WebLocks } from '../src/platform/web-locks.ts'
import type { Domain } from '../src/projection/define-domain.ts'
import { createWorkerApi } from '../src/protocol/create-worker-api.ts'
import { type ConnectMessage, isConnectMessage, type ReadyMessage } from '../src/protocol/handshake.ts'
import { openDexieStorage } from '../src/storage/dexie/dexie-backend.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-backend.ts'

/**
 * Call it once, at the top of the app's worker module:
 *
 * ```ts
 * import { exposeLarder } from '@larder/sdk/worker'
 * import { nutrition } from './nutrition'
 * exposeLarder(nutrition)
 * ```
 */
export function exposeLarder(domain: Domain): void {
  // Zod compiles code at run time unless told not to; a strict Content-Security-Policy counts that as a violation.
  config({ jitless: true })
  const platform = createBrowserPlatform()
  addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isConnectMessage(data)) void serve(domain, platform, data)
  })
}

async function serve(
  domain: Domain,
  platform: ReturnType<typeof createBrowserPlatform>,
  ports: ConnectMessage,
): Promise<void> {
  const api = createWorkerApi({
    domainVersion: domain.version,
    clock: platform.clock,
    notify: (notification) => ports.notifications.postMessage(notification),
    openEngine: (request, auth) =>
      openEngine({
        ...request,
        domain,
        platform,
        auth,
        openStorage: (name) =>
          openDexieStorage(name, { clock: platform.clock, estimate: estimateStorage, renewsLog: reusesStorageLog() }),
        fallbackStorage: request.fallback === 'memory' ? async () => openMemoryStorage() : undefined,
        createTransport: (url) => createFetchTransport(url),
      }),
  })
  expose(api, ports.calls)
  ports.notifications.postMessage({
    kind: 'larder:ready',
    aliveLock: await holdAliveLock(platform),
  } satisfies ReadyMessage)
}

async function estimateStorage() {
  const { usageBytes, quotaBytes } = await browserStorageFacts().read()
  return { usage: usageBytes, quota: quotaBytes }
}

/**
 * Held until this worker ends, however it ends. Without Web Locks there is none: a stand-in's lock is this thread's alone, the page would get
 * it at once, and take the worker for dead.
 */
async function holdAliveLock({ locks, ids }: ReturnType<typeof createBrowserPlatform>): Promise<string | undefined> {
  if (!(locks instanceof WebLocks)) return undefined
  const name = `larder:alive:${ids.next()}`
  return new Promise((resolve) => {
    const forEver = new AbortController()
    locks
      .hold(name, forEver.signal, () => {
        resolve(name)
        return new Promise<void>(() => undefined)
      })
      .catch(() => resolve(undefined))
  })
}
