import { expect, it } from 'vitest'
import { noMeter } from '../../src/metrics/instruments.ts'
import { LocalLocks } from '../../src/platform/local-locks.ts'
import type { Transport } from '../../src/platform/ports.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { CommitChange } from '../../src/store/commit-fate.ts'
import { SyncEngine } from '../../src/sync/sync-engine.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { SyncServer } from '../support/sync-server.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const COMMITS = 9
const QUIET_MINUTES = 20

/** Tabs of one store, each with locks that no other tab sees, and a way to the server of so many ms. */
async function openTabs(count: number, roundTripMs: number) {
  const [server, clock, disk] = [new SyncServer(), new VirtualClock(), new MemoryDisk()]
  const machine = new VirtualMachine(1, clock)
  const changes: CommitChange[] = []
  const open = async () => {
    const way = server.transport()
    const transport: Transport = {
      ...way,
      post: async (request) => {
        const response = await way.post(request)
        await new Promise<void>((resolve) => clock.after(roundTripMs, resolve))
        return response
      },
    }
    const store = await openStore({ disk, authority: 'server' })
    const sync = new SyncEngine({
      ...{ ...machine.openTab(), locks: new LocalLocks(), lockName: 'sync', store, transport, auth: undefined },
      ...{ domain: 'notes 1', maxAttempts: 3, meter: noMeter },
      onChanges: (more) => changes.push(...more),
      onState: () => undefined,
    })
    sync.start()
    await settled()
    return { store, sync }
  }
  const tabs = []
  while (tabs.length < count) tabs.push(await open())
  return { server, clock, disk, tabs, changes }
}

for (const tabCount of [2, 5]) {
  for (const roundTripMs of [0, 900, 1100, 5000, 20_000]) {
    it(`${tabCount} tabs without Web Locks, ${roundTripMs} ms from the server, get everything there once and come to rest`, async () => {
      const { server, clock, disk, tabs, changes } = await openTabs(tabCount, roundTripMs)
      for (let made = 0; made < COMMITS; made++) {
        await tabs[made % tabCount]?.store.append(prepared(noted(`n${made}`)))
        // All hear of it.
        for (const { sync } of tabs) sync.trigger()
        await clock.advance(700)
      }
      await clock.advance(5 * 60_000)
      const texts = Array.from({ length: COMMITS }, (_, n) => `n${n}`)
      expect([disk.tables.pending.records.size, await server.texts()]).toEqual([0, texts])
      expect(changes.filter(({ to }) => to === 'confirmed')).toHaveLength(COMMITS)
      const before = server.requests.length
      await clock.advance(QUIET_MINUTES * 60_000)
      // Each asks once a minute, and once more when it finds that another has led since.
      expect(server.requests.length - before).toBeLessThanOrEqual(tabCount * QUIET_MINUTES * 2)
      for (const { sync } of tabs) sync.stop()
    })
  }
}
