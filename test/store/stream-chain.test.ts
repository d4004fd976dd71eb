import { beforeEach, expect, it, vi } from 'vitest'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { toStored } from '../../src/store/check-segment.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { damageBetween } from '../../src/store/stream-chain.ts'
import { Noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

let disk: MemoryDisk
let store: EventStore

beforeEach(async () => {
  disk = new MemoryDisk()
  store = await openStore({ disk })
})

const append = (...streams: string[]) =>
  store.append(prepared(streams.map((stream) => Noted({ text: '' }, { stream }))))

/** Says that one event more of the first stream of a segment lies in front of it. */
function miscount(key: number): void {
  const segment = disk.confirmed.records.get(key)
  if (segment === undefined) throw new Error(`There is a segment that ends at ${key}.`)
  const { checksum: _, ...rest } = segment
  const streamVersions = segment.streamVersions.map((version, index) => (index === 0 ? version + 1 : version))
  disk.confirmed.put(key, toStored({ ...rest, streamVersions }))
}

it('C30: what was looked through for one stream is looked through for another that has lost something there', async () => {
  await append('a', 'b')
  await append('b')
  await append('a', 'b')
  miscount(5)
  const a = [
    { position: 2, version: 1 },
    { position: 4, version: 2 },
  ] as const
  const b = [a[0], { position: 4, version: 2 }] as const
  expect(await damageBetween(store, 'a', ...a)).toBeUndefined()
  const looked = vi.spyOn(store, 'readConfirmed')
  expect(await damageBetween(store, 'a', ...a)).toBeUndefined()
  expect(looked).not.toHaveBeenCalled()
  disk.confirmed.delete(3)
  expect(await damageBetween(store, 'b', ...b)).toBe('confirmed:3')
  await store.close()
})

it('C30: a loss is found where what was missing before was there again by the time that it was looked for', async () => {
  for (let n = 1; n <= 3; n++) await append('a')
  const gap = [
    { position: 1, version: 1 },
    { position: 3, version: 2 },
  ] as const
  // As another tab saw it in front of a repair.
  expect(await damageBetween(store, 'a', ...gap)).toBeUndefined()
  disk.confirmed.delete(2)
  expect(await damageBetween(store, 'a', ...gap)).toBe('confirmed:2')
  await store.close()
})

it('C30: what was looked through is looked through again once a part of the log was replaced', async () => {
  await append('a')
  await append('b')
  await append('a')
  miscount(3)
  const gap = [
    { position: 1, version: 1 },
    { position: 3, version: 2 },
  ] as const
  expect(await damageBetween(store, 'a', ...gap)).toBeUndefined()
  const looked = vi.spyOn(store, 'readConfirmed')
  await damageBetween(store, 'a', ...gap)
  expect(looked).not.toHaveBeenCalled()
  await store.transition(async (tx, { meta }) => {
    await tx.put('meta', { ...meta, generation: meta.generation + 1, repairs: (meta.repairs ?? 0) + 1 })
  })
  await damageBetween(store, 'a', ...gap)
  expect(looked).toHaveBeenCalled()
  await store.close()
})
