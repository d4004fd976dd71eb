import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommitToAppend } from '../../server/core/server-log.ts'
import { type LibsqlServerLog, openLibsqlServerLog } from '../../server/libsql-server-log.ts'
import { deadLetterReportsContract } from '../../src/testing/contract/dead-letter-reports-contract.ts'
import { serverLogContract } from '../../src/testing/contract/server-log-contract.ts'
import { counting } from './support/counting.ts'
import { commitId, device, eventId } from './support/ids.ts'

let folder = ''
const newFile = counting('log')
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'larder-log-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const open = (file: string): LibsqlServerLog =>
  openLibsqlServerLog({ file, newEpoch: counting('epoch'), busyTimeoutMs: 0 })
const fresh = (): string => join(folder, newFile())
const commit = (n: number): CommitToAppend => ({
  id: commitId(n),
  device: device(1),
  seq: n,
  receivedAt: '2026-11-23T12:00:00.000Z',
  bodyHash: 'h',
  events: [{ id: eventId(n), stream: 'x', text: `{"n":${n}}` }],
})

serverLogContract({ describe, it, expect }, 'LibsqlServerLog', async () => open(fresh()))
deadLetterReportsContract(
  { describe, it, expect },
  'LibsqlServerLog',
  async () => open(fresh()),
  (log) => log.close(),
)

describe('A log in a file', () => {
  it('holds what it held when it is opened again, under the same epoch', async () => {
    const file = fresh()
    const first = open(file)
    await first.transact('ann', (tx) => tx.append(commit(1)))
    const epoch = await first.transact('ann', async (tx) => tx.epoch)
    await first.close()
    const second = open(file)
    await second.transact('ann', async (tx) => {
      expect(tx.epoch).toBe(epoch)
      expect(await tx.read(0, { events: 10, units: 10 })).toMatchObject([{ id: commitId(1), events: ['{"n":1}'] }])
      expect(await tx.append(commit(2))).toBe(2)
    })
    await second.close()
  })

  it('refuses a file that a newer version wrote, and leaves it as it is', async () => {
    const file = fresh()
    await open(file).close()
    const db = new Database(file)
    db.exec('PRAGMA user_version = 99')
    expect(() => open(file)).toThrow(
      expect.objectContaining({ code: 'schema-too-new', details: { stored: 99, supported: 1 } }),
    )
    expect(db.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: 99 })
    db.close()
  })

  it('says so when it cannot be opened', () => {
    expect(() => open(join(folder, 'nowhere', 'log'))).toThrow(expect.objectContaining({ code: 'storage-unavailable' }))
  })

  it('shares the file with another process: one transaction at a time, and nobody sees half of one', async () => {
    const file = fresh()
    const [ours, theirs] = [open(file), open(file)]
    await ours.transact('ann', async (tx) => {
      await tx.append(commit(1))
      await expect(theirs.transact('ann', (other) => other.head())).rejects.toMatchObject({
        code: 'storage-unavailable',
      })
    })
    expect(await theirs.transact('ann', (tx) => tx.head())).toMatchObject({ position: 1 })
    expect(await theirs.transact('ann', (tx) => tx.append(commit(2)))).toBe(2)
    expect(await ours.transact('ann', (tx) => tx.append(commit(3)))).toBe(3)
    await Promise.all([ours.close(), theirs.close()])
  })

  it.each([
    ['a commit id', { ...commit(2), id: commitId(1) }],
    ['an event id', { ...commit(2), events: commit(1).events }],
    ['a (device, seq)', { ...commit(2), seq: 1 }],
  ])('holds by itself that %s is unique, whatever the code above does', async (_, second) => {
    const log = open(fresh())
    await log.transact('ann', (tx) => tx.append(commit(1)))
    await expect(log.transact('ann', (tx) => tx.append(second))).rejects.toMatchObject({ code: 'storage-failed' })
    expect(await log.transact('ann', (tx) => tx.head())).toMatchObject({ position: 1 })
    expect(await log.transact('bob', (tx) => tx.append(second))).toBe(1)
    await log.close()
  })

  it('refuses an account name that the database would cut short', async () => {
    const log = open(fresh())
    await expect(log.transact('ann\u0000x', (tx) => tx.head())).rejects.toMatchObject({ code: 'argument' })
    await log.close()
  })

  it('lets nobody use a transaction after its end', async () => {
    const log = open(fresh())
    const kept = await log.transact('ann', async (tx) => ({ tx }))
    await expect(kept.tx.append(commit(1))).rejects.toMatchObject({ code: 'closed' })
    await expect(kept.tx.readStream('x', 0, 1)).rejects.toMatchObject({ code: 'closed' })
    await log.close()
  })
})
