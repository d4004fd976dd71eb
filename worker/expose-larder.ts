import type { Domain } from '../src/projection/define-domain.ts'
import {
  type ConnectMessage,
  type FailedMessage,
  isConnectMessage,
  isLifecycleMessage,
} from '../src/protocol/handshake.ts'
import type { WorkerApi } from '../src/protocol/worker-api.ts'
import type { OpenStorage } from '../src/store/storage-backend.ts'
import type { Serve } from './serve-larder.ts'

export interface ExposeLarderOptions {
  /**
   * Where the log is kept: `memory()`, or a storage of your own. Default: IndexedDB. With a storage that is given here nothing is written to IndexedDB,
   * so projections are folded from the log whenever the store opens.
   */
  readonly storage?: OpenStorage
}

/** A domain, or how it is loaded. */
export type DomainSource = Domain | (() => Promise<Domain>)

/**
 * Call it once, at the top of the app's worker module:
 *
 * ```ts
 * import { exposeLarder } from '@larder/sdk/worker'
 * exposeLarder(() => import('./nutrition').then(({ nutrition }) => nutrition))
 * ```
 *
 * `exposeLarder(nutrition)` does the same, but slower: Chromium keeps the compiled code of what a worker imports with `import()`, and compiles
 * what it imports otherwise anew at every start. For the same reason the engine is a file of its own, which has to be in an app's cache beside the worker's.
 * Bundlers that cannot split a worker put all of it into one file.
 *
 * What the domain's module throws, what cannot be loaded, and options that are none, the page hears of as `worker-unavailable`.
 */
export function exposeLarder(domain: DomainSource, options: ExposeLarderOptions = {}): void {
  const serving = Promise.all([
    import('./serve-larder.ts'),
    // Called now, so that both are loaded at once.
    typeof domain === 'function' ? domain() : domain,
  ]).then(([{ serveLarder }, loaded]) => serveLarder(loaded, options.storage))
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
