import { Client } from '../client/client.ts'
import type { Connect } from '../client/connection.ts'
import { openEngine } from '../engine/open-engine.ts'
import { createFetchTransport } from '../platform/fetch-transport.ts'
import { createNodePlatform } from '../platform/node-platform.ts'
import type { Platform, Transport } from '../platform/ports.ts'
import { browserStorageFacts } from '../platform/storage-facts.ts'
import type { Domain } from '../projection/define-domain.ts'
import { WORKER_PROTOCOL } from '../protocol/worker-api.ts'
import { type AttentionOptions, readAttention } from '../reactive/attention-options.ts'
import { createLarder } from '../reactive/create-larder.ts'
import type { Larder } from '../reactive/larder.ts'
import { watchAlerts } from '../reactive/watch-alerts.ts'
import { memory } from '../storage/memory/memory-backend.ts'
import type { OpenStorage } from '../store/storage-backend.ts'
import type { Auth } from '../sync/token-source.ts'
import { connectEngine } from './connect-engine.ts'

export interface InlineLarderOptions extends AttentionOptions {
  /** Name of the store. */
  name: string
  /** Whose data it is. Default: none. */
  account?: string
  /** Where the log is kept. Default: memory, gone when it is closed. */
  storage?: OpenStorage
  /** Leave out for a store that stays here. `url` has to be absolute. */
  sync?: ({ url: string; transport?: undefined } | { transport: Transport; url?: undefined }) & {
    /** See `SyncLarderOptions.auth`. */
    auth?: Auth
  }
  /** Default: the real machine. */
  platform?: Platform
}

/**
 * Opens a store whose engine runs in this thread: for Node, tests and server rendering. The same engine as in the worker.
 *
 * @throws LarderError `argument`, and what the storage throws
 */
export async function openLarderInline(domain: Domain, options: InlineLarderOptions): Promise<Larder> {
  const attention = readAttention(options)
  const platform = options.platform ?? createNodePlatform()
  const client = await Client.open({
    domain,
    platform,
    connect: connectInline(domain, options, platform),
    auth: options.sync?.auth,
    request: {
      protocol: WORKER_PROTOCOL,
      domainVersion: domain.version,
      name: options.name,
      account: options.account,
      syncUrl: options.sync === undefined ? undefined : (options.sync.url ?? 'inline:'),
      hasAuth: options.sync?.auth !== undefined,
      ...attention,
      fallback: undefined,
    },
  })
  if (options.onAlert !== undefined) watchAlerts(client, options.onAlert)
  return createLarder(client, browserStorageFacts())
}

function connectInline(domain: Domain, options: InlineLarderOptions, platform: Platform): Connect {
  return connectEngine({
    domainVersion: domain.version,
    clock: platform.clock,
    openEngine: (request, auth) =>
      openEngine({
        ...request,
        domain,
        platform,
        auth,
        openStorage: options.storage ?? memory(),
        fallbackStorage: undefined,
        createTransport: (url) => options.sync?.transport ?? createFetchTransport(url),
      }),
  })
}
