import { Client } from '../../src/client/client.ts'
import { openEngine } from '../../src/engine/open-engine.ts'
import type { Platform } from '../../src/platform/ports.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import { createWorkerApi } from '../../src/protocol/create-worker-api.ts'
import { WORKER_PROTOCOL, type WorkerApi } from '../../src/protocol/worker-api.ts'
import { createLarder } from '../../src/reactive/create-larder.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import type { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { notes } from './notes.ts'
import type { SyncServer } from './sync-server.ts'

export interface WatchedOptions {
  readonly platform: Platform
  readonly disk: MemoryDisk
  readonly domain?: Domain
  readonly server?: SyncServer
  /** Sees, and may change, what the page asks of the engine. */
  readonly watch: (api: WorkerApi) => Partial<WorkerApi>
}

/** A store in this thread, with somebody between the page and its engine. */
export async function openWatched({ platform, disk, domain = notes, server, watch }: WatchedOptions): Promise<Larder> {
  const client = await Client.open({
    ...{ domain, platform, auth: undefined },
    request: {
      ...{ protocol: WORKER_PROTOCOL, domainVersion: domain.version, name: 'notes', account: undefined },
      ...{ syncUrl: server === undefined ? undefined : 'sync', hasAuth: false, maxAttempts: undefined },
      fallback: undefined,
    },
    connect: async (notify) => {
      const api = createWorkerApi({
        domainVersion: domain.version,
        clock: platform.clock,
        notify: (notification) => queueMicrotask(() => notify(notification)),
        openEngine: (opened, auth) =>
          openEngine({
            ...opened,
            ...{ domain, platform, auth, fallbackStorage: undefined },
            openStorage: async () => openMemoryStorage(disk),
            createTransport: () => {
              if (server === undefined) throw new Error('no server was given')
              return server.transport()
            },
          }),
      })
      return {
        api: { ...api, ...watch(api) },
        gone: new Promise(() => undefined),
        lifecycle: () => undefined,
        end: () => undefined,
      }
    },
  })
  return createLarder(client, {
    persist: async () => true,
    read: async () => ({ persisted: 'unknown' as const, usageBytes: undefined, quotaBytes: undefined }),
  })
}
