import { expect, it } from 'vitest'
import type { Transport } from '../../src/platform/ports.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { Exchange } from '../../src/sync/exchange.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { countingIds, seededRandom } from '../support/virtual-platform.ts'

const never = new AbortController().signal

it('C30: what is pulled again takes its turn with the exchanges: a device has one request in flight', async () => {
  const [server, disk, clock] = [new SyncServer(), new MemoryDisk(), new VirtualClock()]
  const store = await openStore({ disk, authority: 'server' })
  const direct = server.transport()
  let [inFlight, most] = [0, 0]
  const transport: Transport = {
    ...direct,
    post: async (request) => {
      most = Math.max(most, ++inFlight)
      try {
        return await direct.post(request)
      } finally {
        inFlight--
      }
    },
  }
  const exchange = new Exchange({
    ...{ store, transport, clock, ids: countingIds(1), random: seededRandom(1), domain: 'notes 1', maxAttempts: 5 },
    tokens: new TokenSource(undefined),
  })
  const { term } = store.known.meta
  for (let n = 1; n <= 4; n++) {
    await store.append(prepared(noted(`${n}`), { id: uuid(n) }))
    await exchange.run(term, never)
  }
  disk.confirmed.delete(2)
  await store.readConfirmed(0, 9)
  await store.append(prepared(noted('5'), { id: uuid(5) }))
  const [replaced, outcome] = await Promise.all([
    exchange.repair(term, never, () => undefined),
    exchange.run(term, never),
  ])
  expect([replaced, outcome.kind, most]).toEqual([1, 'succeeded', 1])
  expect(await server.texts()).toEqual(['1', '2', '3', '4', '5'])
  await store.close()
})
