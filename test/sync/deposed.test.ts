import { expect, it } from 'vitest'
import { noMeter } from '../../src/metrics/instruments.ts'
import type { Locks, Transport } from '../../src/platform/ports.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { SyncEngine } from '../../src/sync/sync-engine.ts'
import { openStore } from '../support/open-store.ts'
import { SyncServer } from '../support/sync-server.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

/** A machine without locks: every tab believes that it leads, and only the term in the storage says which one does. */
const noLocks: Locks = { hold: (_, signal, work) => work(signal) }

it('a tab that finds itself deposed ends its live stream, however often that happens', async () => {
  const [server, clock, disk] = [new SyncServer(), new VirtualClock(), new MemoryDisk()]
  const machine = new VirtualMachine(1, clock)
  const open = async () => {
    const transport = server.transport()
    let streams = 0
    const most = { streams: 0 }
    const counted: Transport = {
      ...transport,
      listen: async (request, onMessage) => {
        most.streams = Math.max(most.streams, ++streams)
        try {
          await transport.listen(request, onMessage)
        } finally {
          streams--
        }
      },
    }
    const sync = new SyncEngine({
      ...machine.openTab(),
      locks: noLocks,
      store: await openStore({ disk, authority: 'server' }),
      transport: counted,
      auth: undefined,
      lockName: 'sync',
      domain: 'notes 1',
      maxAttempts: 3,
      onChanges: () => undefined,
      onState: () => undefined,
      meter: noMeter,
    })
    sync.start()
    await settled()
    return { sync, most }
  }
  const [first, second] = [await open(), await open()]
  for (let turn = 0; turn < 10; turn++) {
    first.sync.hurry()
    second.sync.hurry()
    await clock.advance(5000)
  }
  expect([first.most.streams, second.most.streams]).toEqual([1, 1])
  first.sync.stop()
  second.sync.stop()
  await settled()
  expect(server.listeners).toBe(0)
})
