import { beforeEach, describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { TableName } from '../../src/store/records.ts'
import type { StorageBackend, StorageTransaction } from '../../src/store/storage-backend.ts'
import { StorageWatch } from '../../src/store/storage-watch.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const TABLES: readonly TableName[] = ['meta']

let clock: VirtualClock
let machine: VirtualMachine
let disk: MemoryDisk
let end: readonly [how: string, atMs: number] | undefined

beforeEach(() => {
  clock = new VirtualClock()
  machine = new VirtualMachine(1, clock)
  disk = new MemoryDisk()
  end = undefined
})

/** Whose reads take so long. */
function openTab(readMs = 0, place = 'notes'): StorageWatch {
  const backend = openMemoryStorage(disk)
  const slow: StorageBackend = {
    mode: 'custom',
    close: () => backend.close(),
    transact: (mode, tables, work) =>
      backend.transact(mode, tables, (tx) =>
        work({
          lastKey: (...args) => tx.lastKey(...args),
          get: async (...args) => {
            if (readMs > 0) await new Promise<void>((resolve) => clock.after(readMs, resolve))
            return tx.get(...args)
          },
        } as typeof tx),
      ),
  }
  return new StorageWatch(slow, { ...machine.openTab(), place })
}

function note(asked: Promise<unknown>): void {
  asked.then(
    () => {
      end = ['done', clock.monotonic()]
    },
    ({ code }) => {
      end = [code, clock.monotonic()]
    },
  )
}

/** One transaction that keeps all others out as long as it reads. */
async function readOften(tab: StorageWatch, times: number): Promise<void> {
  await tab.transact('write', TABLES, async (tx) => {
    for (let nth = 0; nth < times; nth++) await tx.get('meta', 'log')
  })
}

const write = (tab: StorageWatch): Promise<void> => tab.transact('write', TABLES, async () => undefined)

describe('C21: beside a tab with a long transaction', () => {
  it('is waited for as long as that is getting on', async () => {
    const [busy, waiting] = [openTab(4000), openTab()]
    const long = readOften(busy, 30)
    await clock.advance(1000)
    note(write(waiting))
    await clock.advance(118_000)
    expect(end).toBeUndefined()
    await clock.advance(1000)
    expect(end).toEqual(['done', 120_000])
    await long
    await clock.advance(10_000)
    expect(clock.waiting).toBe(0)
    await Promise.all([busy.close(), waiting.close()])
  })

  it('is waited for also by what has only written: that is taken down before its turn comes', async () => {
    const backend: StorageBackend = {
      mode: 'custom',
      close: async () => undefined,
      transact: (_, __, work) =>
        work({
          put: async () => undefined,
          get: () => new Promise((resolve) => clock.after(100_000, () => resolve(undefined))),
        } as Partial<StorageTransaction> as StorageTransaction),
    }
    const busy = openTab(4000)
    const waiting = new StorageWatch(backend, { ...machine.openTab(), place: 'notes' })
    void readOften(busy, 30)
    note(
      waiting.transact('write', TABLES, async (tx) => {
        await tx.put('meta')
        await tx.get('meta', 'log')
      }),
    )
    await clock.advance(130_000)
    expect(end).toEqual(['done', 100_000])
  })

  it('is not waited for any more once that has stopped', async () => {
    const [busy, waiting] = [openTab(4000), openTab()]
    busy
      .transact('write', TABLES, async (tx) => {
        for (let nth = 0; nth < 15; nth++) await tx.get('meta', 'log')
        await new Promise<never>(() => undefined)
      })
      .catch(() => undefined)
    await clock.advance(1000)
    note(write(waiting))
    await clock.advance(200_000)
    expect(end?.[0]).toBe('storage-timeout')
    expect(end?.[1]).toBeGreaterThanOrEqual(80_000)
    expect(end?.[1]).toBeLessThanOrEqual(95_000)
  })

  it('is not waited for by a transaction that has begun: it does not wait for that one', async () => {
    const [busy, lost] = [openTab(4000), openTab()]
    void readOften(busy, 30)
    note(
      lost.transact('read', ['confirmed'], async (tx) => {
        await tx.lastKey('confirmed')
        await new Promise<never>(() => undefined)
      }),
    )
    await clock.advance(60_000)
    expect(end?.[0]).toBe('storage-timeout')
    expect(end?.[1]).toBeLessThanOrEqual(30_000)
    await clock.advance(100_000)
  })

  it('is given up although that tab is at one short transaction after another: it waits for none of those', async () => {
    const [busy, lost] = [openTab(130), openTab()]
    let isOver = false
    const often = async (): Promise<void> => {
      while (!isOver) await readOften(busy, 6)
    }
    const reading = often()
    note(lost.transact('read', ['confirmed'], () => new Promise<never>(() => undefined)))
    await clock.advance(40_000)
    expect(end?.[0]).toBe('storage-timeout')
    expect(end?.[1]).toBeLessThanOrEqual(30_000)
    isOver = true
    await clock.advance(10_000)
    await reading
  })

  it('of another store is nothing to this one', async () => {
    const [busy, waiting] = [openTab(4000, 'other'), openTab()]
    void readOften(busy, 30)
    note(write(waiting))
    await clock.advance(60_000)
    expect(end?.[0]).toBe('storage-timeout')
    await clock.advance(100_000)
  })
})
