import { beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { openEngine } from '../../src/engine/open-engine.ts'
import { LarderError } from '../../src/errors.ts'
import { storageUnavailable } from '../../src/storage/dexie/storage-errors.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { OpenStorage } from '../../src/store/storage-backend.ts'
import { failureOf } from '../support/failure.ts'
import { noted, notes } from '../support/notes.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

let clock: VirtualClock
let server: SyncServer
let machine: VirtualMachine
let disk: MemoryDisk

beforeEach(() => {
  clock = new VirtualClock()
  server = new SyncServer()
  machine = new VirtualMachine(1, clock)
  disk = new MemoryDisk()
})

function openTab(storage: { openStorage?: OpenStorage; fallbackStorage?: OpenStorage } = {}): Promise<Engine> {
  return openEngine({
    domain: notes,
    platform: machine.openTab(),
    ...{ name: 'notes', account: undefined, syncUrl: 'sync', auth: undefined, maxAttempts: undefined },
    openStorage: storage.openStorage ?? (async () => openMemoryStorage(disk)),
    fallbackStorage: storage.fallbackStorage,
    createTransport: () => server.transport(),
  })
}

const append = (engine: Engine, text: string) => engine.append(prepared(noted(text)))

describe('a tab that does not lead', () => {
  it('makes the one that does exchange at once when its page is looked at, whatever the backoff', async () => {
    const [leader, other] = [await openTab(), await openTab()]
    await clock.advance(10)
    server.instead = () => answer(503, '')
    await append(other, 'x')
    // Long enough for the waits to have become long.
    await clock.advance(60_000)
    server.instead = undefined
    expect([leader.sync.status().state, await server.texts()]).toEqual(['backoff', []])
    other.sync.hurry()
    await clock.advance(10)
    expect([leader.sync.status().state, await server.texts()]).toEqual(['idle', ['x']])
  })
})

describe('memory in place of a storage that is not to be had', () => {
  const unavailable: OpenStorage = async () => {
    throw storageUnavailable(new Error('private window'))
  }

  it('is sent by the tab that it belongs to: no other has what it holds', async () => {
    const fallback = { openStorage: unavailable, fallbackStorage: async () => openMemoryStorage(new MemoryDisk()) }
    const [first, second] = [await openTab(fallback), await openTab(fallback)]
    await append(first, 'a')
    await append(second, 'b')
    await clock.advance(1000)
    expect([first.sync.status().leader, second.sync.status().leader]).toEqual([true, true])
    expect((await server.texts()).sort()).toEqual(['a', 'b'])
  })

  it.each(['storage-unavailable', 'storage-timeout', 'storage-full'] as const)(
    'C21, C22, C23: is taken only by who asks for it when opening fails as %s, is told, and what is appended there is sent',
    async (code) => {
      const openStorage: OpenStorage = () =>
        Promise.reject(
          code === 'storage-full'
            ? new LarderError(code, 'The disk is full', { details: { usage: 1, quota: 1 } })
            : new LarderError(code, 'It cannot be opened', {}),
        )
      expect((await failureOf(() => openTab({ openStorage }))).code).toBe(code)
      expect(machine.errors).toEqual([])
      const engine = await openTab({ openStorage, fallbackStorage: async () => openMemoryStorage() })
      await append(engine, 'a')
      await clock.advance(1000)
      expect([engine.storageMode, await server.texts()]).toEqual(['memory', ['a']])
      expect(machine.errors).toEqual([expect.stringContaining('memory is used instead, and lost with the tab')])
    },
  )
})
