import { describe, expect, it } from 'vitest'
import { memory, openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { samplePending } from '../../src/testing/contract/sample-records.ts'
import { storageContract } from '../../src/testing/contract/storage-contract.ts'

storageContract({ describe, it, expect }, 'memory', () => {
  const disk = new MemoryDisk()
  return { open: async () => openMemoryStorage(disk) }
})

describe('memory()', () => {
  it('gives the same place to whoever opens the same name, and another to another', async () => {
    const open = memory()
    const [one, same, other] = [await open('a'), await open('a'), await open('b')]
    await one.transact('write', ['pending'], (tx) => tx.put('pending', samplePending(1)))
    expect(await same.transact('read', ['pending'], (tx) => tx.lastKey('pending'))).toBe(1)
    expect(await other.transact('read', ['pending'], (tx) => tx.lastKey('pending'))).toBeUndefined()
  })
})
