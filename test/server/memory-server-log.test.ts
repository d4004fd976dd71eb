import { describe, expect, it } from 'vitest'
import { MemoryDeadLetterReports } from '../../server/core/dead-letter-reports.ts'
import { MemoryServerLog } from '../../server/core/memory-server-log.ts'
import { deadLetterReportsContract } from '../../src/testing/contract/dead-letter-reports-contract.ts'
import { serverLogContract } from '../../src/testing/contract/server-log-contract.ts'
import { counting } from './support/counting.ts'
import { commitId, device, eventId } from './support/ids.ts'

const empty = () => new MemoryServerLog({ newEpoch: counting('epoch') })

serverLogContract({ describe, it, expect }, 'MemoryServerLog', async () => empty())
deadLetterReportsContract(
  { describe, it, expect },
  'MemoryDeadLetterReports',
  async () => new MemoryDeadLetterReports(),
)

describe('MemoryServerLog.backup', () => {
  it('gives a log that holds what was committed, under the same epoch, and then goes its own way', async () => {
    const log = empty()
    const commit = (n: number) => ({
      id: commitId(n),
      device: device(1),
      seq: n,
      receivedAt: '2026-11-23T12:00:00.000Z',
      bodyHash: '',
      events: [{ id: eventId(n), stream: 'x', text: '{}' }],
    })
    await log.transact('ann', (tx) => tx.append(commit(1)))
    const epoch = await log.transact('ann', async (tx) => tx.epoch)
    const backup = log.backup()
    await log.transact('ann', (tx) => tx.append(commit(2)))
    await backup.transact('ann', async (tx) => {
      expect(tx.epoch).toBe(epoch)
      expect((await tx.head()).position).toBe(1)
      expect(await tx.append(commit(3))).toBe(2)
    })
    await log.transact('ann', async (tx) => {
      expect((await tx.head()).position).toBe(2)
      expect((await tx.commits([commitId(3)])).size).toBe(0)
    })
  })
})
