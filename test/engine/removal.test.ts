import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { beforeEach, describe, expect, it } from 'vitest'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openDexieStorage } from '../../src/storage/dexie/with-dexie.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { Device } from '../support/device.ts'
import { failureOf } from '../support/failure.ts'
import { journal, noted, notes } from '../support/notes.ts'
import { readDisk } from '../support/open-store.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

let clock: VirtualClock
let device: Device

beforeEach(() => {
  clock = new VirtualClock()
  device = new Device(1, clock)
})

/** A storage that can be removed, as a database can: in its own time, and with all that lies in it then. */
function removable(disk: MemoryDisk, when: Promise<unknown>) {
  return (backend: StorageBackend): StorageBackend => ({
    mode: backend.mode,
    transact: (mode, tables, work) => backend.transact(mode, tables, work),
    close: () => backend.close(),
    remove: async () => {
      await when
      await openMemoryStorage(disk).transact('write', TABLES, async (tx) => {
        await tx.delete('meta', 'log')
        for (const { last } of await tx.read('confirmed', {})) await tx.delete('confirmed', last)
        for (const { order } of await tx.read('pending', {})) await tx.delete('pending', order)
      })
    },
  })
}

const TABLES = ['meta', 'confirmed', 'pending'] as const
const texts = async () =>
  (await readDisk(device.disk)).confirmed.flatMap(({ events }) => events.map(({ text }) => text))

/** Appends as soon as it is open, and again later. */
async function appendIn(opening: Promise<Larder>): Promise<string> {
  const larder = await opening
  await larder.append(noted('early'))
  return 'open'
}

interface Gate {
  readonly passed: Promise<void>
  readonly open: () => void
}

function gate(): Gate {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}

/** A tab that is between the two steps: the log is emptied, and the storage is about to be removed. */
async function removing(when: Promise<unknown>): Promise<{ readonly ended: Promise<unknown> }> {
  const a = await device.openTab({ wrap: removable(device.disk, when) })
  await a.append(noted('before'))
  const ended = a.destroy({ discardUnsynced: true })
  await clock.advance(100)
  expect(device.disk.tables.meta.records.get('log')?.destroyed).toBe(true)
  return { ended }
}

describe('a tab that opens a store while another removes it', () => {
  it('opens the next one: nothing that it appends is removed with the other', async () => {
    const { passed, open } = gate()
    const { ended } = await removing(passed)
    const appended = appendIn(device.openTab())
    await clock.advance(1000)
    open()
    await ended
    expect(await appended).toBe('open')
    await clock.advance(1000)
    expect(await texts()).toEqual(['early'])
  })

  it('that cannot be removed, opens it as one like a new one', async () => {
    const { ended } = await removing(Promise.reject(new Error('blocked')))
    await ended
    expect(await appendIn(device.openTab())).toBe('open')
    expect(await texts()).toEqual(['early'])
  })

  it('is refused after 10 s, where that does not end', async () => {
    await removing(new Promise(() => undefined))
    const { waiting } = clock
    const failure = failureOf(() => device.openTab())
    await clock.advance(11_000)
    expect(await failure).toMatchObject({ code: 'storage-timeout', message: expect.stringContaining('removed') })
    expect(clock.waiting).toBeLessThanOrEqual(waiting)
  })
})

describe('two tabs that remove a store at once', () => {
  it('both do, and it is gone', async () => {
    const when = Promise.resolve()
    const [a, b] = [
      await device.openTab({ wrap: removable(device.disk, when) }),
      await device.openTab({ wrap: removable(device.disk, when) }),
    ]
    await a.append(noted('before'))
    const ended = [a, b].map((larder) =>
      larder.destroy({ discardUnsynced: true }).then(
        () => 'done',
        ({ code }) => code,
      ),
    )
    await clock.advance(1000)
    expect((await Promise.all(ended)).filter((each) => each !== 'closed')).toContain('done')
    expect(await texts()).toEqual([])
  })
})

it('an IndexedDB that is opened while it is removed is the next one', async () => {
  const { passed, open } = gate()
  const indexedDB = new IDBFactory()
  const openTab = () =>
    openLarderInline(notes, {
      name: 'notes',
      platform: device.machine.openTab(),
      storage: async (name) => {
        const backend = await openDexieStorage(name, { clock, indexedDB, IDBKeyRange })
        return {
          mode: backend.mode,
          transact: (mode, tables, work) => backend.transact(mode, tables, work),
          close: () => backend.close(),
          remove: async () => {
            await passed
            await backend.remove?.()
          },
        }
      },
    })
  const a = await openTab()
  await a.append(noted('before'))
  const ended = a.destroy({ discardUnsynced: true })
  // It has a connection by then, which has to give way.
  const appended = appendIn(openTab())
  setTimeout(open, 50)
  await ended
  expect(await appended).toBe('open')
  expect(await (await openTab()).get(journal)).toEqual(['early'])
})

it('a claim for an account whose store is being removed waits for the next one', async () => {
  const { passed, open } = gate()
  const storage = (disk: MemoryDisk, when: Promise<unknown>) => removable(disk, when)(openMemoryStorage(disk))
  const disks = new Map<string, MemoryDisk>()
  const diskOf = (name: string): MemoryDisk =>
    disks.get(name) ?? disks.set(name, new MemoryDisk()).get(name) ?? new MemoryDisk()
  const openLarder = (account?: string) =>
    openLarderInline(notes, {
      ...{ name: 'notes', storage: async (name: string) => storage(diskOf(name), passed) },
      ...{ platform: device.machine.openTab(), ...(account === undefined ? {} : { account }) },
    })
  const [anonymous, ann] = [await openLarder(), await openLarder('ann')]
  await anonymous.append(noted('mine'))
  const ended = ann.destroy({ discardUnsynced: true })
  await clock.advance(100)
  const claimed = anonymous.claim('ann')
  await clock.advance(1000)
  open()
  await ended
  expect(await claimed).toMatchObject({ commits: 1 })
  const again = await openLarder('ann')
  expect(await again.get(journal)).toEqual(['mine'])
})
