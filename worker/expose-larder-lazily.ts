import { renewEarly } from '../src/platform/renew-browser-log.ts'
import type { Domain } from '../src/projection/define-domain.ts'
import {
  type ConnectMessage,
  type FailedMessage,
  isConnectMessage,
  isLifecycleMessage,
} from '../src/protocol/handshake.ts'
import type { WorkerApi } from '../src/protocol/worker-api.ts'
import type { Serve } from './serve-larder.ts'

// Nothing that the engine imports too is imported here: bundlers would have the engine's file import the worker's own, under an address without its query.

/**
 * Call it once in the app's worker module, in the place of `exposeLarder`:
 *
 * ```ts
 * import { exposeLarderLazily } from '@larder/sdk/worker/lazy'
 * exposeLarderLazily(() => import('./nutrition').then(({ nutrition }) => nutrition))
 * ```
 *
 * Chromium keeps the compiled code of what a worker imports with `import()`, the engine and the domain, and compiles what a worker is made of anew at every start. They are
 * files of their own, which have to be in an app's cache beside the worker's. See `docs/opening.md`.
 *
 * What the domain's module throws, what cannot be loaded, and what is no domain, the page hears of as `worker-unavailable`.
 */
export function exposeLarderLazily(loadDomain: () => Promise<Domain>): void {
  // Both are asked for at once; the small one first, so that what both need is asked for while the large one comes.
  const loading = Promise.all([loadDomain(), import('./serve-larder.ts')])
  const renewLog = renewEarly()
  // A third of the engine, for the first start of an app and of some of its updates.
  const maker = () => import('../src/storage/dexie/make-databases.ts').then(({ dexieMaker }) => dexieMaker)
  const serving = loading.then(([domain, { serveLarder }]) =>
    serveLarder(domain, { storage: undefined, maker, renewLog }),
  )
  // Whoever connects is told.
  serving.catch(() => undefined)
  const served: WorkerApi[] = []
  addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isConnectMessage(data)) void connect(serving, data).then((api) => api && served.push(api))
    // At once: the worker may be frozen with its page when this returns.
    else if (isLifecycleMessage(data)) for (const api of served) void api.lifecycle(data.event)
  })
}

async function connect(serving: Promise<Serve>, ports: ConnectMessage): Promise<WorkerApi | undefined> {
  try {
    return (await serving)(ports)
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    ports.notifications.postMessage({ kind: 'larder:failed', reason } satisfies FailedMessage)
    return undefined
  }
}
