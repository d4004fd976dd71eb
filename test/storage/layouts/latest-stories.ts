import { openLarderInline } from '../../../src/inline/open-larder-inline.ts'
import { openMemoryStorage } from '../../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../../src/store/storage-backend.ts'
import type { Device } from '../../support/device.ts'
import { Noted, noted, notes } from '../../support/notes.ts'
import { answer, type SyncServer } from '../../support/sync-server.ts'
import { Opened, Read, taskDomain, tasks } from '../../support/tasks.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'
import { VirtualMachine } from '../../support/virtual-platform.ts'

/** Its tab does not outlive it. */
const neverDone = () => new Promise<void>(() => undefined)
export const MAIL = { name: 'mail', from: 'start', when: 'stored', timeoutMs: Number.POSITIVE_INFINITY } as const

/** A tab that is killed as soon as what it has stored fulfils `isEnough`: nothing that it does after that comes to anything. */
function diesOnce(isEnough: () => boolean) {
  let isDead = false
  return (inner: StorageBackend): StorageBackend => ({
    mode: inner.mode,
    close: () => inner.close(),
    async transact(mode, asked, work) {
      if (isDead) return new Promise(() => undefined)
      const result = await inner.transact(mode, asked, work)
      isDead = isEnough()
      return isDead ? new Promise(() => undefined) : result
    },
  })
}

/**
 * What layout 3 came to hold last, and layout 4 is the number of: a fork, a command that was decided again and is to be once more, and a handler whose run
 * has ended its tab.
 */
export async function writeLatest(device: Device, server: SyncServer, clock: VirtualClock): Promise<void> {
  const { meta, pending } = device.disk.tables
  const isCut = () =>
    [...pending.records.values()].some((each) => each.decideFrom !== undefined && each.redecided === 1)
  const larder = await device.openTab({ server, domain: taskDomain, wrap: diesOnce(isCut) })
  await larder.execute(tasks, 'home').open({ title: 'mine', task: 'mine' })
  await clock.advance(60_000)

  // A copy of the installation is the first to go on, and so the id is its own.
  const copied = device.disk.copy()
  const id = meta.records.get('log')?.device
  const twin = await openLarderInline(taskDomain, {
    ...{ name: 'notes', platform: new VirtualMachine(2, clock).openTab() },
    ...{ storage: async () => openMemoryStorage(copied), sync: { transport: server.transport() } },
  })
  await twin.append(Read({ by: 'the copy' }), { stream: 'elsewhere' })
  await clock.advance(60_000)
  await larder.append(Read({ by: 'the original' }), { stream: 'elsewhere' })
  await clock.advance(60_000)

  larder.handle(Opened, neverDone, MAIL)
  /** Lets the copy through, and so many requests of the original. */
  const letThrough = (requests: number) => {
    let left = requests
    server.instead = ({ device: from }) => (from === id || left-- > 0 ? undefined : answer(503, ''))
  }
  letThrough(0)
  await larder.execute(tasks, 'errands').open({ title: 'ours', task: 'ours' })
  for (const title of ['theirs', 'theirs too']) {
    await twin.execute(tasks, 'errands').open({ title, task: title })
    await clock.advance(60_000)
    letThrough(1)
    void larder.sync.now().catch(() => undefined)
    await clock.advance(5000)
  }
  if (!isCut()) throw new Error('Nothing waits to be decided again.')
  await twin.close()
}

/** A store without an account, whose contents an account has claimed. Two tabs have ended in the middle of a handler's run, and the second one knew of the first. */
export async function writeClaimed(device: Device, clock: VirtualClock): Promise<void> {
  const disks = new Map([['larder/notes', device.disk]])
  const storage = async (place: string) => {
    const disk = disks.get(place) ?? new MemoryDisk()
    disks.set(place, disk)
    return openMemoryStorage(disk)
  }
  for (const seed of [1, 2]) {
    // Another machine has other locks: nobody waits for what the first tab holds.
    const platform = new VirtualMachine(seed, clock).openTab()
    const larder = await openLarderInline(notes, { name: 'notes', platform, storage })
    if (seed === 1) for (const text of ['one', 'two', 'three']) await larder.append(noted(text, 'mon'))
    if (seed === 1) await larder.claim('ann')
    larder.handle(Noted, neverDone, MAIL)
    await clock.advance(5000)
  }
}
