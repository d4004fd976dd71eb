import { renewEarly } from '../src/platform/renew-browser-log.ts'
import type { Domain } from '../src/projection/define-domain.ts'
import { isConnectMessage, isLifecycleMessage } from '../src/protocol/handshake.ts'
import type { WorkerApi } from '../src/protocol/worker-api.ts'
import { dexieMaker } from '../src/storage/dexie/make-databases.ts'
import type { OpenStorage } from '../src/store/storage-backend.ts'
import { serveLarder } from './serve-larder.ts'

export interface ExposeLarderOptions {
  /**
   * Where the log is kept: `memory()`, or a storage of your own. Default: IndexedDB. With a storage that is given here nothing is written to IndexedDB,
   * so projections are folded from the log whenever the store opens.
   */
  readonly storage?: OpenStorage
}

/**
 * Call it once, at the top of the app's worker module:
 *
 * ```ts
 * import { exposeLarder } from '@larder/sdk/worker'
 * import { nutrition } from './nutrition'
 * exposeLarder(nutrition)
 * ```
 *
 * In Chromium a store opens in about two thirds of the time with `exposeLarderLazily` of `@larder/sdk/worker/lazy`.
 *
 * @throws LarderError `argument`, which the page hears of as `worker-unavailable`
 */
export function exposeLarder(domain: Domain, options: ExposeLarderOptions = {}): void {
  const { storage } = options
  const renewLog = storage === undefined ? renewEarly() : undefined
  const serve = serveLarder(domain, { storage, maker: async () => dexieMaker, renewLog })
  const served: WorkerApi[] = []
  addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isConnectMessage(data)) served.push(serve(data))
    // At once: the worker may be frozen with its page when this returns.
    else if (isLifecycleMessage(data)) for (const api of served) void api.lifecycle(data.event)
  })
}
