import { describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { LAYOUT_VERSION, type MetaRecord } from '../../src/store/records.ts'
import { failureOf } from '../support/failure.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'

const metaOf = (disk: MemoryDisk): Promise<MetaRecord | undefined> =>
  openMemoryStorage(disk).transact('read', ['meta'], (tx) => tx.get('meta', 'log'))

async function putMeta(disk: MemoryDisk, change: Partial<MetaRecord>): Promise<void> {
  await openMemoryStorage(disk).transact('write', ['meta'], async (tx) => {
    const meta = await tx.get('meta', 'log')
    if (meta !== undefined) await tx.put('meta', { ...meta, ...change })
  })
}

describe('the first open', () => {
  it('makes one installation, also when several tabs open at once', async () => {
    const disk = new MemoryDisk()
    const tabs = await Promise.all([1, 2, 3].map(() => openStore({ disk })))
    const devices = new Set(tabs.map(({ known }) => known.meta.device))
    expect(devices.size).toBe(1)
    expect(tabs[0]?.known.meta).toMatchObject({
      layout: LAYOUT_VERSION,
      authority: 'local',
      generation: 0,
      cursor: null,
    })
  })
})

describe('a store of a newer app', () => {
  it('is refused and left as it is', async () => {
    const disk = new MemoryDisk()
    await (await openStore({ disk })).append(prepared(noted('a')))
    await putMeta(disk, { layout: LAYOUT_VERSION + 1 })
    const before = await metaOf(disk)
    for (const authority of ['local', 'server'] as const) {
      expect(await failureOf(() => openStore({ disk, authority }))).toMatchObject({
        code: 'schema-too-new',
        details: { stored: LAYOUT_VERSION + 1, supported: LAYOUT_VERSION },
      })
    }
    expect(await metaOf(disk)).toEqual(before)
    await putMeta(disk, { layout: LAYOUT_VERSION })
    expect((await readDisk(disk)).confirmed).toHaveLength(1)
  })
})

describe('authority', () => {
  it('of an empty local store goes to the server when it is opened with sync', async () => {
    const disk = new MemoryDisk()
    const local = await openStore({ disk })
    const synced = await openStore({ disk, authority: 'server' })
    expect(synced.known.meta.authority).toBe('server:')
    // The tab that was open already follows: nothing is confirmed behind the server's back.
    expect(await local.append(prepared(noted('a')))).toMatchObject({ position: undefined })
    const { confirmed, pending } = await readDisk(disk, 'server')
    expect([confirmed.length, pending.length]).toEqual([0, 1])
  })

  it('stays with the server when the store is opened without sync: appends stay pending', async () => {
    const disk = new MemoryDisk()
    await openStore({ disk, authority: 'server' })
    const paused = await openStore({ disk })
    expect(await paused.append(prepared(noted('a')))).toMatchObject({ position: undefined })
    expect((await readDisk(disk)).pending).toHaveLength(1)
  })
})

describe('a damaged store', () => {
  it('without its meta record says so, and answers nothing made up', async () => {
    const disk = new MemoryDisk()
    const store = await openStore({ disk })
    await openMemoryStorage(disk).transact('write', ['meta'], (tx) => tx.delete('meta', 'log'))
    expect(await failureOf(() => store.append(prepared(noted('a'))))).toMatchObject({ code: 'storage-damaged' })
  })
})

describe('following another tab', () => {
  it.each([1, 8, 9, 30])('works however much it wrote: %i segments', async (count) => {
    const disk = new MemoryDisk()
    const [one, two] = await Promise.all([openStore({ disk }), openStore({ disk })])
    await two?.append(prepared(noted('first'), { expectedVersion: 0 }))
    for (let index = 0; index < count; index++) await one?.append(prepared(noted(String(index))))
    await two?.append(prepared(noted('last'), { expectedVersion: count + 1 }))
    expect((await readDisk(disk)).confirmed).toHaveLength(count + 2)
  })

  it('is told to those who listen: each commit once, in order, and whose it was', async () => {
    const disk = new MemoryDisk()
    const [one, two] = await Promise.all([openStore({ disk }), openStore({ disk })])
    const heard: string[] = []
    one?.subscribe(({ change, own }) => {
      for (const segment of change.confirmed ?? []) heard.push(`${own ? 'own' : 'other'} ${segment.last}`)
    })
    await two?.append(prepared(noted('a')))
    await one?.append(prepared(noted('b')))
    await one?.refresh()
    expect(heard).toEqual(['other 1', 'own 2'])
  })
})
