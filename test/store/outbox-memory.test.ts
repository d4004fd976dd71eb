import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared, uuid } from '../support/prepared.ts'
import { exchangeBetween, refusingServer } from '../support/refusing-server.ts'
import { SyncServer } from '../support/sync-server.ts'

/** A storage that counts the commits of the outbox that were read out of it. */
function counting(inner: StorageBackend) {
  const count = { commits: 0 }
  const backend: StorageBackend = {
    mode: 'custom',
    close: () => inner.close(),
    transact: (mode, tables, work) =>
      inner.transact(mode, tables, (tx) =>
        work({
          get: async (table, key) => {
            const record = await tx.get(table, key)
            if (table === 'pending' && record !== undefined) count.commits++
            return record
          },
          lastKey: (table) => tx.lastKey(table),
          read: async (table, range) => {
            const records = await tx.read(table, range)
            if (table === 'pending') count.commits += records.length
            return records
          },
          readByIndex: (index, value, range) => tx.readByIndex(index, value, range),
          leastInIndex: (index, from, upTo) => tx.leastInIndex(index, from, upTo),
          put: (table, ...records) => tx.put(table, ...records),
          delete: (table, ...keys) => tx.delete(table, ...keys),
        }),
      ),
  }
  return { count, backend }
}

/** What a tab knows, and what one that opens now reads. */
const knowledge = ({ known }: EventStore) => ({
  meta: known.meta,
  head: known.head,
  outbox: known.pending.records,
  held: known.pending.records.map(({ id }) => known.pending.isHeld(id)),
  letters: [...known.deadLetters].sort(([a], [b]) => (a < b ? -1 : 1)),
})

describe("a tab's memory of the outbox", () => {
  it('is not read again for each page that confirms some of it', async () => {
    const { count, backend } = counting(openMemoryStorage(new MemoryDisk()))
    const store = await openStore({ backend, authority: 'server' })
    const exchange = exchangeBetween(store, new SyncServer())
    const commits = 1200
    for (let n = 1; n <= commits; n++) await store.append(prepared(noted(`n${n}`), { id: uuid(n) }))
    count.commits = 0
    let outcome = await exchange.run(0, new AbortController().signal)
    for (let turns = 1; turns < 10 && outcome.kind === 'succeeded' && outcome.more; turns++)
      outcome = await exchange.run(0, new AbortController().signal)
    expect(outcome).toMatchObject({ kind: 'succeeded', more: false })
    expect(store.known.pending.records).toEqual([])
    expect(store.known.head).toBe(commits)
    expect(count.commits).toBe(0)
  })

  it('is what lies on the disk after whatever this tab and another have done', async () => {
    const act = fc.oneof(
      fc.record({
        do: fc.constant('append' as const),
        text: fc.constantFrom('good', 'bad', 'fine'),
        strict: fc.boolean(),
      }),
      fc.record({ do: fc.constantFrom('sync' as const, 'other-appends' as const, 'other-syncs' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 14 }), async (acts) => {
        const world = await refusingServer()
        const other = await openStore({ disk: world.disk, authority: 'server', seed: 77 })
        const others = exchangeBetween(other, world.server, 77)
        let n = 0
        for (const each of acts) {
          n++
          if (each.do === 'append') {
            await world.store.refresh()
            const { pending } = world.store.known
            const version = world.store.known.head + pending.countInStream('notes')
            await world.append(n, each.text, each.strict ? version : undefined).catch(() => undefined)
          } else if (each.do === 'sync') await world.sync()
          else if (each.do === 'other-appends') await other.append(prepared(noted(`other ${n}`), { id: uuid(n) }))
          else await others.run(other.known.meta.term, new AbortController().signal)
          if (each.do !== 'append' && each.do !== 'sync') continue
          const fresh = await openStore({ disk: world.disk, authority: 'server' })
          await world.store.refresh()
          expect(knowledge(world.store)).toEqual(knowledge(fresh))
        }
      }),
      { numRuns: 60 },
    )
  })
})
