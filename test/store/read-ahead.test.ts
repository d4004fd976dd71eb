import { describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { ConfirmedSegment } from '../../src/store/records.ts'
import { failureOf } from '../support/failure.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

async function filled(sizes: readonly number[]) {
  const disk = new MemoryDisk()
  const backend = new FaultyBackend(openMemoryStorage(disk))
  const store = await openStore({ disk, backend, authority: 'local' })
  for (const size of sizes) await store.append(prepared(Array.from({ length: size }, (_, n) => noted(String(n)))))
  return { store, backend }
}

async function pagesOf(store: EventStore, after = 0): Promise<ConfirmedSegment[][]> {
  const ahead = store.readAhead(after)
  const pages: ConfirmedSegment[][] = []
  for (let page = await ahead.next(); page.length > 0; page = await ahead.next()) pages.push(page)
  expect(await ahead.next()).toEqual([])
  return pages
}

describe('reading ahead', () => {
  it('gives every segment behind a position once, in order', async () => {
    const { store } = await filled(Array.from({ length: 90 }, (_, n) => (n % 7 === 0 ? 100 : 1)))
    for (const after of [0, 100, 101, 205]) {
      const segments = (await pagesOf(store, after)).flat()
      expect(segments).toEqual(await store.readConfirmed(after, 1000))
      expect(segments.at(-1)?.last).toBe(store.known.head)
    }
    expect(await pagesOf(store, store.known.head)).toEqual([])
  })

  it('takes more at a time where segments are small, and less where they are large', async () => {
    const small = await pagesOf((await filled(Array.from({ length: 200 }, () => 1))).store)
    expect(small.map(({ length }) => length)).toEqual([8, 32, 128, 32])
    const large = await pagesOf((await filled(Array.from({ length: 14 }, () => 1000))).store)
    expect(large.map(({ length }) => length)).toEqual([8, 3, 3])
  })

  it('tells whoever asks for a page that it could not be read, and nobody else', async () => {
    const { store, backend } = await filled([1])
    backend.failNext(1)
    const ahead = store.readAhead(0)
    expect((await failureOf(() => ahead.next())).code).toBe('storage-failed')
    backend.failNext(1)
    store.readAhead(0)
    expect(await pagesOf(store)).toHaveLength(1)
  })
})
