import { beforeEach, describe, expect, it } from 'vitest'
import { noMeter } from '../../src/metrics/instruments.ts'
import type { Locks, Transport } from '../../src/platform/ports.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { CommitChange } from '../../src/store/commit-fate.ts'
import { SyncEngine } from '../../src/sync/sync-engine.ts'
import { noted } from '../support/notes.ts'
import { dumpDisk, openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { SyncServer } from '../support/sync-server.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

/** Whoever asks gets the lock, and whoever had it is not told: as a tab is not that was frozen. */
const stolen: Locks = { hold: (_, signal, work) => work(signal) }

let server: SyncServer
let clock: VirtualClock
let machine: VirtualMachine
let disk: MemoryDisk

beforeEach(() => {
  server = new SyncServer()
  clock = new VirtualClock()
  machine = new VirtualMachine(1, clock)
  disk = new MemoryDisk()
})

async function openTab(transport: Transport) {
  const store = await openStore({ disk, authority: 'server' })
  const changes: CommitChange[] = []
  const sync = new SyncEngine({
    ...machine.openTab(),
    ...{ locks: stolen, lockName: 'sync', store, transport, auth: undefined },
    ...{ domain: 'notes 1', maxAttempts: 3, meter: noMeter },
    onChanges: (more) => changes.push(...more),
    onState: () => undefined,
  })
  sync.start()
  await settled()
  return { store, sync, changes }
}

/** A leader whose push has reached the server, and whose answer waits for `end`. */
async function openWithAnswerHeld() {
  const transport = server.transport()
  let end = (_failure?: Error): void => undefined
  const first = await openTab({
    ...transport,
    post: async (request) => {
      const response = await transport.post(request)
      if (!request.body.includes('"text"')) return response
      await new Promise<void>((resolve, reject) => {
        end = (failure) => (failure === undefined ? resolve() : reject(failure))
      })
      return response
    },
  })
  await first.store.append(prepared(noted('one')))
  first.sync.trigger()
  await clock.advance(1000)
  expect(await server.texts()).toEqual(['one'])
  return { ...first, end: (failure?: Error) => end(failure) }
}

describe('a leader whose lock was stolen', () => {
  it('C35: has its write refused by the term, where the new leader wrote its own while the old one waited for its turn', async () => {
    const first = await openWithAnswerHeld()
    const other = await openStore({ disk, authority: 'server' })
    let finish = (): void => undefined
    const turn = new Promise<void>((resolve) => {
      finish = resolve
    })
    const raised = other.transition(async (tx, { meta }) => {
      await tx.put('meta', { ...meta, term: meta.term + 1 })
      await turn
    })
    await settled()
    // The answer comes, and the transaction that applies it stands in line behind the other's.
    first.end()
    await settled()
    finish()
    await raised
    await settled()
    expect(first.changes).toEqual([])
    expect(disk.tables.confirmed.records.size).toBe(0)
    expect(disk.tables.pending.records.size).toBe(1)
    first.sync.stop()
  })

  it('C35: ignores the answer that comes when the new leader has applied its own: nothing is confirmed twice', async () => {
    const first = await openWithAnswerHeld()
    const second = await openTab(server.transport())
    await clock.advance(1000)
    expect(second.changes.map(({ to }) => to)).toEqual(['confirmed'])
    const before = await dumpDisk(disk)
    first.end()
    await settled()
    expect(await dumpDisk(disk)).toEqual(before)
    expect(first.changes).toEqual([])
    expect(await server.texts()).toEqual(['one'])
    first.sync.stop()
    second.sync.stop()
  })

  it('C35: does not write its failure over the success of the new leader', async () => {
    const first = await openWithAnswerHeld()
    const second = await openTab(server.transport())
    await clock.advance(1000)
    first.end(new TypeError('The connection failed'))
    await settled()
    expect(disk.tables.meta.records.get('log')).toMatchObject({ attempt: 0, nextAttemptAt: 0 })
    first.sync.stop()
    second.sync.stop()
  })
})
