import { expose } from 'comlink'
import { config } from 'zod/mini'
import { openEngine } from '../src/engine/open-engine.ts'
import { argumentError } from '../src/errors.ts'
import { createBrowserPlatform } from '../src/platform/browser-platform.ts'
import { createFetchTransport } from '../src/platform/fetch-transport.ts'
import { browserStorageFacts } from '../src/platform/storage-facts.ts'
import { WebLocks } from '../src/platform/web-locks.ts'
import type { Domain } from '../src/projection/define-domain.ts'
import { createWorkerApi } from '../src/protocol/create-worker-api.ts'
import type { ConnectMessage, ReadyMessage } from '../src/protocol/handshake.ts'
import type { WorkerApi } from '../src/protocol/worker-api.ts'
import { openIndexedDb } from '../src/storage/dexie/dexie-backend.ts'
import { openCheckpoints } from '../src/storage/dexie/dexie-checkpoints.ts'
import { openSnapshots } from '../src/storage/dexie/dexie-snapshots.ts'
import type { DatabaseMaker } from '../src/storage/dexie/make-databases.ts'
import { openMemoryStorage } from '../src/storage/memory/memory-backend.ts'
import type { OpenStorage } from '../src/store/storage-backend.ts'

/** Serves a page that has connected. */
export type Serve = (ports: ConnectMessage) => WorkerApi

export interface ServeOptions {
  /** Default: IndexedDB. */
  readonly storage: OpenStorage | undefined
  /** Asked for where a database has to be made or upgraded. */
  readonly maker: () => Promise<DatabaseMaker>
  /** Waited for whenever a connection to IndexedDB was opened. */
  readonly renewLog: (() => Promise<unknown>) | undefined
}

/**
 * The engine behind a page that connects.
 *
 * @throws LarderError `argument`
 */
export function serveLarder(domain: Domain, { storage, maker, renewLog }: ServeOptions): Serve {
  if (storage !== undefined && typeof storage !== 'function')
    throw argumentError('storage', 'storage is a function that opens the place of a name: memory(), or one of your own')
  // Programs without types, and a module in the place of what it exports.
  if (typeof domain?.version !== 'string')
    throw argumentError(
      'domain',
      'A worker serves what defineDomain has made; exposeLarderLazily is given a function that loads it: () => import("./nutrition").then(({ nutrition }) => nutrition)',
    )
  // Zod compiles code at run time unless told not to; a strict Content-Security-Policy counts that as a violation.
  config({ jitless: true })
  const platform = createBrowserPlatform()
  return (ports) => {
    const api = createWorkerApi({
      domainVersion: domain.version,
      clock: platform.clock,
      notify: (notification) => ports.notifications.postMessage(notification),
      openEngine: (request, auth, locks) =>
        openEngine({
          ...request,
          domain,
          platform: { ...platform, locks },
          auth,
          ...(storage === undefined ? inIndexedDb(platform, { maker, renewLog }) : { openStorage: storage }),
          fallbackStorage: request.fallback === 'memory' ? async () => openMemoryStorage() : undefined,
          createTransport: (url) => createFetchTransport(url),
        }),
    })
    expose(api, ports.calls)
    void holdAliveLock(platform).then((aliveLock) =>
      ports.notifications.postMessage({ kind: 'larder:ready', aliveLock } satisfies ReadyMessage),
    )
    return api
  }
}

function inIndexedDb(
  { clock }: ReturnType<typeof createBrowserPlatform>,
  { maker, renewLog }: Pick<ServeOptions, 'maker' | 'renewLog'>,
) {
  return {
    openStorage: (name: string) =>
      openIndexedDb(name, { clock, maker, estimate: browserStorageFacts().estimate, renewLog }),
    openCheckpoints: (name: string, mayMake: Promise<void>) => openCheckpoints(name, { maker, mayMake }),
    openSnapshots: (name: string) => openSnapshots(name, { maker }),
  }
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
