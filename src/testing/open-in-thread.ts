import { Client } from '../client/client.ts'
import type { Engine } from '../engine/engine.ts'
import { connectEngine } from '../inline/connect-engine.ts'
import type { Platform } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import { type OpenRequest, WORKER_PROTOCOL } from '../protocol/worker-api.ts'
import { type AttentionOptions, readAttention } from '../reactive/attention-options.ts'
import { createLarder } from '../reactive/create-larder.ts'
import type { Larder } from '../reactive/larder.ts'
import { watchAlerts } from '../reactive/watch-alerts.ts'
import type { Auth } from '../sync/token-source.ts'

export interface InThreadOptions {
  readonly domain: Domain
  readonly platform: Platform
  readonly name: string
  readonly account?: string | undefined
  readonly syncs: boolean
  readonly auth?: Auth | undefined
  readonly attention?: ReturnType<typeof readAttention>
  readonly onAlert?: AttentionOptions['onAlert'] | undefined
  readonly openEngine: (request: OpenRequest, auth: Auth | undefined) => Promise<Engine>
}

/** The page's side and the engine in this thread, on a platform that is not the machine's. */
export async function openInThread({
  domain,
  platform,
  auth,
  openEngine,
  ...options
}: InThreadOptions): Promise<Larder> {
  const client = await Client.open({
    domain,
    platform,
    auth,
    connect: connectEngine({ domainVersion: domain.version, clock: platform.clock, openEngine }),
    request: {
      protocol: WORKER_PROTOCOL,
      domainVersion: domain.version,
      name: options.name,
      account: options.account,
      syncUrl: options.syncs ? 'in-thread:' : undefined,
      hasAuth: auth !== undefined,
      ...(options.attention ?? readAttention({})),
      fallback: undefined,
    },
  })
  if (options.onAlert !== undefined) watchAlerts(client, options.onAlert)
  return createLarder(client, {
    persist: async () => 'unknown',
    read: async () => ({ persisted: 'unknown', usageBytes: undefined, quotaBytes: undefined }),
  })
}
