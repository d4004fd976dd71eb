import { expect, it, vi } from 'vitest'
import { LarderError } from '../../src/errors.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { failureOf } from '../support/failure.ts'
import { byDay, journal, noted } from '../support/notes.ts'
import { dumpDisk } from '../support/open-store.ts'
import { type StorageWorld, storageWorld } from '../support/storage-world.ts'

const usage = { usage: 90, quota: 90 }

/** From now on nothing more can be written, to the log and to the checkpoints alike: what was asked for is rolled back at the end. */
function fill({ storage, checkpoints }: StorageWorld) {
  const transact = storage.transact.bind(storage)
  const full = vi.spyOn(storage, 'transact').mockImplementation((mode, tables, work) =>
    transact(mode, tables, async (tx) => {
      const result = await work(tx)
      if (mode === 'write') throw new LarderError('storage-full', 'No room', { details: usage })
      return result
    }),
  )
  const save = vi
    .spyOn(checkpoints, 'save')
    .mockImplementation(() => Promise.reject(new DOMException('No room', 'QuotaExceededError')))
  return {
    saves: () => save.mock.calls.length,
    lift: () => {
      full.mockRestore()
      save.mockRestore()
    },
  }
}

const shown = async ({ engine }: StorageWorld) => [
  await engine.get(journal.name, '', 'all'),
  await engine.get(byDay.name, 'mon', 'all'),
]

it('C11: a full disk refuses appends, applies no part of what is pulled, keeps sending, and goes on when there is room', async () => {
  const world = await storageWorld()
  const { server, disk, engine, append, clock, checkpoints } = world
  server.instead = () => Promise.reject(new TypeError('away'))
  await append(3, 'pending')
  server.instead = undefined
  await server.append([noted('theirs', 'mon'), noted('too', 'mon')])
  const { lift } = fill(world)
  const before = await dumpDisk(disk)
  const failure = await failureOf(() => append(4, 'refused'))
  expect([failure.code, failure.details]).toEqual(['storage-full', usage])
  await engine.sync.now()
  await clock.advance(600_000)
  // Sent, and nothing of the answer is half written: neither the acknowledgement nor what was pulled.
  expect(await server.texts()).toEqual(['first', 'theirs', 'too', 'pending'])
  expect(await dumpDisk(disk)).toEqual(before)
  expect(await shown(world)).toEqual([
    ['first', 'pending'],
    ['first', 'pending'],
  ])
  expect(engine.sync.status()).toMatchObject({ pending: 1, problem: { code: 'storage-full' } })
  // Whoever can be read is not gone.
  expect(engine.health.describe().storage.state).toBe('ready')
  lift()
  await clock.advance(600_000)
  const all = ['first', 'theirs', 'too', 'pending']
  expect([engine.sync.status().pending, await shown(world), await server.texts()]).toEqual([0, [all, all], all])
  await append(5, 'after')
  await clock.advance(5000)
  expect(await server.texts()).toEqual([...all, 'after'])
  expect((await checkpoints.load('journal', 1)).stored?.head.position).toBe(5)
  await engine.close()
})

it('C11: a checkpoint that does not fit fails nothing, and is saved whole when there is room', async () => {
  const world = await storageWorld()
  const { engine, append, clock, checkpoints, open, disk } = world
  const before = await checkpoints.load('journal', 1)
  const { saves, lift } = fill(world)
  // Only the checkpoints' part of the disk is full.
  vi.mocked(world.storage.transact).mockRestore()
  await append(3, 'second')
  await clock.advance(5000)
  await append(4, 'third')
  await clock.advance(5000)
  expect(saves()).toBeGreaterThanOrEqual(2)
  expect(await checkpoints.load('journal', 1)).toEqual(before)
  expect(await shown(world)).toEqual([
    ['first', 'second', 'third'],
    ['first', 'second', 'third'],
  ])
  expect(engine.sync.status()).toMatchObject({ pending: 0, problem: undefined })
  lift()
  await append(5, 'fourth')
  await clock.advance(5000)
  const all = ['first', 'second', 'third', 'fourth']
  expect((await checkpoints.load('journal', 1)).stored).toMatchObject({ head: { position: 4 }, states: [['', all]] })
  // What was changed while it could not be saved is in it: another tab begins there.
  const other = await open(openMemoryStorage(disk))
  expect([await other.get(journal.name, '', 'all'), await other.get(byDay.name, 'mon', 'all')]).toEqual([all, all])
  await Promise.all([engine.close(), other.close()])
})
