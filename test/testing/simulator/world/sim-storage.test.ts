import { describe, expect, it } from 'vitest'
import { MemoryDisk } from '../../../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../../../src/store/storage-backend.ts'
import { Prng } from '../../../../src/testing/chance/prng.ts'
import { samplePending } from '../../../../src/testing/contract/sample-records.ts'
import { storageContract } from '../../../../src/testing/contract/storage-contract.ts'
import { Actor } from '../../../../src/testing/simulator/world/actor.ts'
import { FaultCounts } from '../../../../src/testing/simulator/world/fault-counts.ts'
import { Scheduler } from '../../../../src/testing/simulator/world/scheduler.ts'
import { SimStorage, type StorageStep } from '../../../../src/testing/simulator/world/sim-storage.ts'

/** Lets virtual time go on for as long as somebody waits for a transaction. */
function driven(inner: StorageBackend, scheduler: Scheduler): StorageBackend {
  let waiting = 0
  let isDriving = false
  const drive = async (): Promise<void> => {
    if (isDriving) return
    isDriving = true
    while (waiting > 0) await scheduler.run({ until: () => waiting === 0, forMs: 1 })
    isDriving = false
  }
  return {
    mode: inner.mode,
    transact: async (mode, tables, work) => {
      waiting++
      void drive()
      try {
        return await inner.transact(mode, tables, work)
      } finally {
        waiting--
      }
    },
    close: () => inner.close(),
  }
}

storageContract({ describe, it, expect }, 'simulated', () => {
  const disk = new MemoryDisk()
  const scheduler = new Scheduler()
  let tabs = 0
  return {
    open: async () => {
      const actor = new Actor(`tab ${++tabs}`, scheduler)
      return driven(new SimStorage(disk, actor, { prng: new Prng(tabs), counts: new FaultCounts() }), scheduler)
    },
  }
})

function setUp() {
  const disk = new MemoryDisk()
  const scheduler = new Scheduler()
  const counts = new FaultCounts()
  const actor = new Actor('tab', scheduler)
  const storage = new SimStorage(disk, actor, { prng: new Prng(1), counts })
  const events: string[] = []
  const write = (): void => {
    storage
      .transact('write', ['pending'], async (tx) => {
        await tx.put('pending', samplePending(1))
        await tx.put('pending', samplePending(2))
      })
      .then(
        () => events.push('stored'),
        () => events.push('failed'),
      )
  }
  return { disk, scheduler, counts, actor, storage, events, write }
}

describe('a fault at a storage step', () => {
  it.each<[StorageStep, number]>([
    ['before-call', 0],
    ['after-call', 0],
    ['before-commit', 0],
    ['after-commit', 2],
  ])('crash %s leaves %i records, and nobody hears', async (step, stored) => {
    const { disk, scheduler, counts, actor, storage, events, write } = setUp()
    storage.faultAfter(1, 'crash', step)
    write()
    await scheduler.run()
    expect(disk.tables.pending.records.size).toBe(stored)
    expect(events).toEqual([])
    expect(actor.isAlive).toBe(false)
    expect(counts.of(`crash-${step}`)).toBe(1)
  })

  it.each<[StorageStep, number]>([
    ['before-call', 0],
    ['after-call', 0],
    ['before-commit', 0],
    ['after-commit', 2],
  ])('reject %s leaves %i records, and says that it failed', async (step, stored) => {
    const { disk, scheduler, actor, storage, events, write } = setUp()
    storage.faultAfter(1, 'reject', step)
    write()
    await scheduler.run()
    expect(disk.tables.pending.records.size).toBe(stored)
    expect(events).toEqual(['failed'])
    expect(actor.isAlive).toBe(true)
  })

  it('strikes at the step that was counted', async () => {
    const { scheduler, counts, storage, write } = setUp()
    // Two calls, each with a step before and after it.
    storage.faultAfter(4, 'crash')
    write()
    await scheduler.run()
    expect(counts.toObject()).toEqual({ 'crash-after-call': 1 })
    expect(storage.steps).toBe(4)
  })
})

it('frees the tables of a tab that dies in the middle', async () => {
  const { disk, scheduler, actor, write } = setUp()
  const other = new SimStorage(disk, new Actor('other', scheduler), { prng: new Prng(2), counts: new FaultCounts() })
  write()
  scheduler.after(1, () => actor.kill(), 'test', 'kill')
  let isStored = false
  void other.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(3))).then(() => (isStored = true))
  await scheduler.run()
  expect(isStored).toBe(true)
  expect([...disk.tables.pending.records.keys()]).toEqual([3])
})

it('ends a transaction whose work waits for something else than its calls', async () => {
  const { disk, scheduler, actor, storage } = setUp()
  const failed = storage
    .transact('write', ['pending'], async (tx) => {
      await tx.put('pending', samplePending(1))
      await actor.sleep(1)
      await tx.put('pending', samplePending(2))
    })
    .catch((error: unknown) => String(error))
  await scheduler.run()
  expect(await failed).toContain('The transaction is over')
  expect(disk.tables.pending.records.size).toBe(0)
})

it('tells of a commit before its tab knows of it', async () => {
  const disk = new MemoryDisk()
  const scheduler = new Scheduler()
  const order: string[] = []
  const storage = new SimStorage(disk, new Actor('tab', scheduler), {
    prng: new Prng(1),
    counts: new FaultCounts(),
    onCommit: () => order.push(`on disk: ${disk.tables.pending.records.size}`),
  })
  void storage
    .transact('write', ['pending'], (tx) => tx.put('pending', samplePending(1)))
    .then(() => order.push('the tab knows'))
  await scheduler.run()
  expect(order).toEqual(['on disk: 1', 'the tab knows'])
})
