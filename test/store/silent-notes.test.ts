import { expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { StorageWatch } from '../../src/store/storage-watch.ts'
import { strike } from '../support/damaged-logs.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

it('C21: a store that has much damage to note closes when the storage has said nothing once, and whoever reads again notes it', async () => {
  const clock = new VirtualClock()
  const disk = new MemoryDisk()
  const open = (isSilent: () => boolean) => {
    const inner = openMemoryStorage(disk)
    const tab = new VirtualMachine(1, clock).openTab()
    const backend = new StorageWatch(
      {
        mode: 'custom',
        transact: (mode, tables, work) =>
          mode === 'write' && isSilent() ? new Promise<never>(() => undefined) : inner.transact(mode, tables, work),
        close: () => inner.close(),
      },
      { ...tab, place: 'notes' },
    )
    return openStore({ backend })
  }
  let isSilent = false
  const store = await open(() => isSilent)
  for (let n = 0; n < 20; n++) await store.append(prepared(noted(`${n}`)))
  for (let key = 2; key <= 20; key += 2) strike(disk, key, false)
  isSilent = true
  await store.readConfirmed(0, 100)
  let isClosed = false
  const closing = store.close().then(() => {
    isClosed = true
  })
  await clock.advance(30_000)
  expect(isClosed).toBe(true)
  await closing
  expect(disk.tables.quarantine.records.size).toBe(0)

  const again = await open(() => false)
  await again.readConfirmed(0, 100)
  await again.damages.written()
  expect(disk.tables.quarantine.records.size).toBe(10)
  await again.close()
})
