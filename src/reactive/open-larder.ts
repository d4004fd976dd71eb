import { Client } from '../client/client.ts'
import type { ClientOptions } from '../client/client-options.ts'
import { watchLifecycle } from '../client/watch-lifecycle.ts'
import { connectWorker } from '../client/worker-connection.ts'
import { argumentError } from '../errors.ts'
import { createBrowserPlatform } from '../platform/browser-platform.ts'
import { browserStorageFacts } from '../platform/storage-facts.ts'
import type { Domain } from '../projection/define-domain.ts'
import { WORKER_PROTOCOL } from '../protocol/worker-api.ts'
import type { Auth } from '../sync/token-source.ts'
import { type AttentionOptions, readAttention } from './attention-options.ts'
import { createLarder } from './create-larder.ts'
import type { Larder } from './larder.ts'
import { watchAlerts } from './watch-alerts.ts'

export interface LarderOptions extends AttentionOptions {
  /** Name of the store: the same at every open. With `account` it is the name of its database, channel and lock. */
  name: string
  /** Whose data it is. One database per account: nothing crosses. Default: none. */
  account?: string
  /** The same definitions that the worker exposes. */
  domain: Domain
  /** Makes the app's worker, whose module calls `exposeLarder(domain)`. */
  worker: () => Worker
  /** Leave out for a store that stays on this device, or to pause one that has synced before. */
  sync?: SyncLarderOptions
  /**
   * Allow memory where IndexedDB is missing, does not answer or cannot be opened when the store is: what is not synced is then lost with the tab.
   * `health$` says `mode: 'memory'`. Default: refuse with `storage-unavailable`, `storage-timeout` or `storage-full`. A storage that is lost later is never
   * replaced by memory, and a worker that dies with a log in memory is not replaced: every call rejects with `worker-unavailable` then.
   */
  fallback?: 'memory'
  /**
   * How long a call waits for the worker's answer before it rejects with `timeout`, in ms. Default 30,000. Short: an append on a busy device is given
   * up although it is stored a moment later. Long: a person waits that long to hear that the storage does not answer. A worker that is dead or hangs
   * is found out without it.
   */
  callTimeoutMs?: number
}

export interface SyncLarderOptions {
  /** Where the sync server answers, absolute or relative to the page. */
  url: string
  /**
   * Gives a token for the server; asked once for all tabs, and again when the server refuses it. Leave out where it needs none. Nothing (`undefined`)
   * says that the person has to sign in; a rejection, or no answer, that no token could be had now, as without a network. The apps of the other tabs are
   * asked then, one at a time, and likewise where it answers nothing new within 10 s. If none has a token, sync pauses as `auth-required` until
   * `sync.resume()` in the one case, and asks again with the next try in the other.
   */
  auth?: Auth
}

/**
 * Opens a store through a worker of this tab.
 *
 * @throws LarderError `worker-unavailable` (at once when its script cannot be loaded, after 20 s when it says nothing), `worker-mismatch`, `storage-unavailable`, `storage-timeout`, `schema-too-new`,
 * `argument`
 */
export async function openLarder(options: LarderOptions): Promise<Larder> {
  if (typeof options.name !== 'string' || options.name === '')
    throw argumentError('name', 'A store needs a name: any text, the same at every open')
  const { callTimeoutMs } = options
  if (callTimeoutMs !== undefined && !(typeof callTimeoutMs === 'number' && callTimeoutMs > 0))
    throw argumentError('callTimeoutMs', `callTimeoutMs is a number of ms above 0; got ${String(callTimeoutMs)}`)
  const attention = readAttention(options)
  const platform = createBrowserPlatform()
  let unwatch = (): void => {}
  const around = (client: Client) => ({
    client,
    larder: createLarder(client, browserStorageFacts(), () => unwatch()),
  })
  const clientOptions: ClientOptions = {
    domain: options.domain,
    platform,
    connect: connectWorker({ createWorker: options.worker, clock: platform.clock, locks: platform.locks }),
    auth: options.sync?.auth,
    callTimeoutMs,
    request: {
      protocol: WORKER_PROTOCOL,
      domainVersion: options.domain.version,
      name: options.name,
      account: options.account,
      syncUrl: options.sync === undefined ? undefined : new URL(options.sync.url, document.baseURI).href,
      hasAuth: options.sync?.auth !== undefined,
      ...attention,
      fallback: options.fallback,
    },
  }
  const { client, larder } = await Client.openWith(clientOptions, around)
  unwatch = watchLifecycle({ document, window }, (event) => client.lifecycle(event))
  if (options.onAlert !== undefined) watchAlerts(client, options.onAlert)
  return larder
}
