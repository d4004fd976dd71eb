import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { exposeLarder } from '../../worker/index.ts'
import { notes } from '../support/notes.ts'

const disks = new Map<string, MemoryDisk>()

exposeLarder(notes, {
  storage: async (name) => {
    const disk = disks.get(name) ?? new MemoryDisk()
    disks.set(name, disk)
    const backend = openMemoryStorage(disk)
    return {
      mode: 'custom',
      transact: (mode, tables, work) => backend.transact(mode, tables, work),
      close: () => backend.close(),
    }
  },
})
