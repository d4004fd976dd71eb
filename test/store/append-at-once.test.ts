import { describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import { failureOf } from '../support/failure.ts'
import { FaultyBackend } from '../support/faulty-backend.ts'
import { noted } from '../support/notes.ts'
import { openStore, readDisk } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { exchangeBetween } from '../support/refusing-server.ts'
import { SyncServer } from '../support/sync-server.ts'

async function twoTabs(authority: 'local' | 'server') {
  const disk = new MemoryDisk()
  const backend = new FaultyBackend(openMemoryStorage(disk))
  const mine = await openStore({ disk, backend, authority })
  const other = await openStore({ disk, authority })
  const stored = async () => {
    const { confirmed, pending } = await readDisk(disk, authority)
    return [...confirmed.flatMap(({ events }) => events.map(({ text }) => text)), ...pending.map(({ id }) => id)]
  }
  return { backend, mine, other, stored }
}

describe('an append on the log as a tab knows it', () => {
  it.each(['local', 'server'] as const)('goes behind what another tab has stored meanwhile (%s)', async (authority) => {
    const { mine, other, stored } = await twoTabs(authority)
    const commits = ['a', 'b', 'c', 'd'].map((text) => prepared(noted(text)))
    const receipts = []
    for (const [index, commit] of commits.entries())
      receipts.push(await (index % 2 === 0 ? mine : other).append(commit))
    const isLocal = authority === 'local'
    expect(await stored()).toEqual(isLocal ? ['a', 'b', 'c', 'd'] : commits.map(({ id }) => id))
    expect(receipts.map(({ position }) => position)).toEqual(isLocal ? [1, 2, 3, 4] : commits.map(() => undefined))
  })

  it.each(['local', 'server'] as const)(
    'is judged by what another tab has stored meanwhile (%s)',
    async (authority) => {
      const { mine, other } = await twoTabs(authority)
      await mine.append(prepared(noted('a')))
      await other.append(prepared(noted('b')))
      const late = failureOf(() => mine.append(prepared(noted('c'), { expectedVersion: 1 })))
      expect(await late).toMatchObject({ code: 'concurrency', details: { actual: 2 } })
      await other.append(prepared(noted('c'), { expectedVersion: 2 }))
      expect(await mine.append(prepared(noted('d'), { expectedVersion: 3 }))).toMatchObject({ eventIds: undefined })
    },
  )

  it('takes one transaction, and two where another tab was quicker; the next one looks first', async () => {
    const { backend, mine, other } = await twoTabs('local')
    const transactionsOf = async (text: string) => {
      backend.writes.length = 0
      await mine.append(prepared(noted(text)))
      return backend.writes.length
    }
    expect(await transactionsOf('a')).toBe(1)
    await other.append(prepared(noted('b')))
    expect(await transactionsOf('c')).toBe(2)
    await other.append(prepared(noted('d')))
    expect(await transactionsOf('e')).toBe(1)
    expect(await transactionsOf('f')).toBe(1)
  })

  it('is refused where the outbox that it was decided on is another, though as long', async () => {
    const { mine } = await twoTabs('server')
    await mine.append(prepared(noted('a')))
    const { generation } = mine.known.meta
    await mine.transition((tx, cache) => tx.put('meta', { ...cache.meta, generation: generation + 1 }))
    const decided = (text: string) => prepared(noted(text), { expectedVersion: 1 })
    const late = failureOf(() => mine.append({ ...decided('b'), generation }))
    expect((await late).code).toBe('concurrency')
    await mine.append({ ...decided('c'), generation: generation + 1 })
    expect(mine.known.pending.records).toHaveLength(2)
  })
})

it('with a version to expect looks the stream up where this tab does not know it', async () => {
  const disk = new MemoryDisk()
  const server = new SyncServer()
  const writer = await openStore({ disk, authority: 'server' })
  await writer.append(prepared(noted('a')))
  await exchangeBetween(writer, server).run(0, new AbortController().signal)
  const backend = new FaultyBackend(openMemoryStorage(disk))
  const fresh = await openStore({ disk, backend, authority: 'server' })
  expect(fresh.known.head).toBe(1)
  backend.writes.length = 0
  await fresh.append(prepared(noted('b'), { expectedVersion: 1 }))
  expect(backend.writes).toHaveLength(1)
  const late = failureOf(() => fresh.append(prepared(noted('c'), { expectedVersion: 1 })))
  expect(await late).toMatchObject({ code: 'concurrency', details: { actual: 2 } })
})
