import { expect, it } from 'vitest'
import type { Snapshot, SnapshotStorage } from '../../src/snapshot/snapshot-storage.ts'
import { Snapshots } from '../../src/snapshot/snapshots.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { VirtualMachine } from '../support/virtual-platform.ts'

const never = () => new Promise<never>(() => undefined)

function openSnapshots() {
  const clock = new VirtualClock()
  const saved: string[] = []
  let isLost = false
  const storage: SnapshotStorage = {
    load: async () => undefined,
    save: async ({ stream }) => {
      if (isLost) return never()
      saved.push(stream)
    },
    close: () => undefined,
  }
  const snapshots = new Snapshots({ ...new VirtualMachine(1, clock).openTab(), storage })
  const save = (stream: string): void => snapshots.save({ stream, state: {} } as Snapshot)
  const lose = (): void => {
    isLost = true
  }
  const find = (): void => {
    isLost = false
  }
  return { clock, snapshots, saved, save, lose, find }
}

it('goes on with the next snapshot after one whose save is never answered', async () => {
  const { clock, snapshots, saved, save, lose, find } = openSnapshots()
  lose()
  save('a')
  await clock.advance(1000)
  find()
  await clock.advance(25_000)
  save('b')
  await clock.advance(1000)
  expect(saved).toEqual(['b'])
  await snapshots.close()
  expect(clock.waiting).toBe(0)
})

it('lets go of those that wait behind it: each is taken again when it is wanted', async () => {
  const { clock, snapshots, saved, save, lose, find } = openSnapshots()
  lose()
  save('a')
  for (let nth = 0; nth < 100; nth++) save(`behind ${nth}`)
  await clock.advance(26_000)
  find()
  save('b')
  await clock.advance(1000)
  expect(saved).toEqual(['b'])
  await snapshots.close()
})

it('closes beside one that is not answered', async () => {
  const { clock, snapshots, save, lose } = openSnapshots()
  lose()
  save('a')
  save('b')
  const closed = snapshots.close()
  await clock.advance(1000)
  await closed
  await clock.advance(30_000)
  expect(clock.waiting).toBe(0)
})
