import { expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { openEngine } from '../../src/engine/open-engine.ts'
import { createWorkerApi } from '../../src/protocol/create-worker-api.ts'
import { type Subscription, WORKER_PROTOCOL } from '../../src/protocol/worker-api.ts'
import { createLarder } from '../../src/reactive/create-larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { noted, notes } from '../support/notes.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

it('many receipts that wait are told of each change by one message from the worker', async () => {
  const clock = new VirtualClock()
  const platform = new VirtualMachine(1, clock).openTab()
  const server = new SyncServer()
  const asked: Subscription['to'][] = []
  const request = { protocol: WORKER_PROTOCOL, domainVersion: notes.version, name: 'notes', account: undefined }
  const client = await Client.open({
    ...{ domain: notes, platform, auth: undefined },
    request: { ...request, ...{ syncUrl: 'sync', hasAuth: false, maxAttempts: undefined, fallback: undefined } },
    connect: async (notify) => {
      const api = createWorkerApi({
        ...{
          domainVersion: notes.version,
          clock,
          notify: (notification) => queueMicrotask(() => notify(notification)),
        },
        openEngine: (opened, auth) =>
          openEngine({
            ...opened,
            ...{ domain: notes, platform, auth, fallbackStorage: undefined },
            openStorage: async () => openMemoryStorage(),
            createTransport: () => server.transport(),
          }),
      })
      const subscribe: typeof api.subscribe = (id, subscription) => {
        asked.push(subscription.to)
        return api.subscribe(id, subscription)
      }
      return {
        api: { ...api, subscribe },
        gone: new Promise(() => undefined),
        lifecycle: () => undefined,
        end: () => undefined,
      }
    },
  })
  const facts = { persisted: 'unknown' as const, usageBytes: undefined, quotaBytes: undefined }
  const larder = createLarder(client, { persist: async () => true, read: async () => facts })
  const receipts = await Promise.all(['a', 'b', 'c', 'd'].map((text) => larder.append(noted(text))))
  const settled = Promise.all(receipts.map((receipt) => receipt.settled()))
  await clock.advance(1000)
  expect(await settled).toEqual(['confirmed', 'confirmed', 'confirmed', 'confirmed'])
  expect(asked).toEqual(['changes'])
  await larder.close()
})
