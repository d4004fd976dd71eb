import { describe, expect, it } from 'vitest'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { readPages } from '../../src/store/read-pages.ts'
import type { DiscardedRecord, PendingRecord, QuarantineRecord } from '../../src/store/records.ts'
import type { StorageBackend, StorageTransaction } from '../../src/store/storage-backend.ts'
import { idsToWithdraw } from '../../src/sync/ids-to-withdraw.ts'
import { sampleDiscarded } from '../../src/testing/contract/sample-records.ts'
import { Device } from '../support/device.ts'
import { noted } from '../support/notes.ts'
import { uuid } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'

const MANY = 300
/** As many records with a commit each as may be in memory at a time. */
const FEW = 64

/** The most records that one read of these tables has answered. */
class Reads {
  most = 0

  wrap(backend: StorageBackend): StorageBackend {
    const watched = (tx: StorageTransaction): StorageTransaction => ({
      get: (table, key) => tx.get(table, key),
      lastKey: (table) => tx.lastKey(table),
      read: async (table, range) => {
        const records = await tx.read(table, range)
        if (table === 'discarded' || table === 'quarantine') this.most = Math.max(this.most, records.length)
        return records
      },
      readByIndex: (index, value, range) => tx.readByIndex(index, value, range),
      leastInIndex: (index, from, upTo) => tx.leastInIndex(index, from, upTo),
      put: (table, ...records) => tx.put(table, ...records),
      delete: (table, ...keys) => tx.delete(table, ...keys),
    })
    return {
      mode: backend.mode,
      transact: (mode, tables, work) => backend.transact(mode, tables, (tx) => work(watched(tx))),
      close: () => backend.close(),
    }
  }
}

/** A device that has given up a lot, of which some is damaged, and told the server of none. */
async function cluttered(server: SyncServer): Promise<Device> {
  const device = new Device(1, new VirtualClock())
  const larder = await device.openTab({ server })
  await larder.append(noted('pending'))
  await larder.close()
  const [sample] = device.disk.tables.pending.records.values()
  if (sample === undefined) throw new Error('Nothing is pending')
  for (let n = 0; n < MANY; n++) {
    const commit: PendingRecord = { ...sample, id: uuid(1000 + n), seq: 1000 + n }
    const record: DiscardedRecord = { ...sampleDiscarded(commit.id), withdraw: [commit.id], commit }
    const { withdraw: _, ...damaged } = record
    device.disk.tables.discarded.put(record.id, n % 100 === 50 ? (damaged as DiscardedRecord) : record)
    const note: QuarantineRecord = {
      ...{ id: `pending:${n - 5000}`, table: 'pending', key: n - 5000, reason: 'a field is missing', at: 0 },
      ...{ range: undefined, repairedAt: undefined, record: commit },
    }
    device.disk.tables.quarantine.put(note.id, note)
  }
  return device
}

describe('what was given up, and is kept for good,', () => {
  it('is read a page at a time: at opening, for the server, at its answers, and where the server was restored', async () => {
    const server = new SyncServer()
    server.instead = () => answer(503, '')
    const device = await cluttered(server)
    server.instead = undefined
    const reads = new Reads()
    const larder = await device.openTab({ server, wrap: (backend) => reads.wrap(backend) })
    await device.machine.clock.advance(600_000)
    const report = await larder.verify()
    expect(report.damaged.filter(({ id }) => id.startsWith('discarded:'))).toHaveLength(3)
    expect(server.requests.flatMap(({ withdraw }) => withdraw).length).toBeGreaterThanOrEqual(MANY - 3)
    const told = [...device.disk.tables.discarded.records.values()]
    expect([told.length, told.every(({ withdraw }) => withdraw.length === 0)]).toEqual([MANY - 3, true])
    expect(reads.most).toBeGreaterThan(0)
    expect(reads.most).toBeLessThanOrEqual(FEW)
    await larder.close()
  })
})

describe('pages of a table', () => {
  const withDiscarded = <T>(count: number, work: (tx: StorageTransaction) => Promise<T>): Promise<T> =>
    openMemoryStorage().transact('write', ['discarded'], async (tx) => {
      await tx.put('discarded', ...Array.from({ length: count }, (_, n) => sampleDiscarded(uuid(n))))
      return work(tx)
    })

  it.each([0, 1, 63, 64, 65, 128, 129, 200])('hold each of %s records once, in order', async (count) => {
    const ids = await withDiscarded(count, async (tx) => {
      const found: string[] = []
      for await (const page of readPages(tx, 'discarded')) found.push(...page.map(({ id }) => id))
      return found
    })
    expect(ids).toEqual(Array.from({ length: count }, (_, n) => uuid(n)))
  })

  it('may be changed and deleted while they are read', async () => {
    const [seen, left] = await withDiscarded(200, async (tx) => {
      let count = 0
      for await (const page of readPages(tx, 'discarded')) {
        count += page.length
        const [first, ...rest] = page
        if (first !== undefined) await tx.delete('discarded', first.id)
        await tx.put('discarded', ...rest.map((record) => ({ ...record, note: 'seen' })))
      }
      return [count, await tx.read('discarded', {})] as const
    })
    expect([seen, left.length, left.every(({ note }) => note === 'seen')]).toEqual([200, 196, true])
  })

  it('give as many ids for the server as it is told, and are read no further', async () => {
    await withDiscarded(200, async (tx) => {
      let reads = 0
      const counting: StorageTransaction = Object.create(tx, {
        read: {
          value: (...args: Parameters<StorageTransaction['read']>) => {
            reads++
            return tx.read(...args)
          },
        },
      })
      expect(await idsToWithdraw(counting, 80)).toEqual(Array.from({ length: 80 }, (_, n) => uuid(n)))
      expect(reads).toBe(2)
      expect(await idsToWithdraw(tx, 500)).toHaveLength(200)
      expect(await idsToWithdraw(tx, 0)).toEqual([])
    })
  })
})
