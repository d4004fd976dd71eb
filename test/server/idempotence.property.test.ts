import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../../server/core/exchange.ts'
import { type LogTransaction, lastPositionOf, type ServerLog } from '../../server/core/server-log.ts'
import { openLibsqlServerLog } from '../../server/libsql-server-log.ts'
import type { ExchangeRequest, WireCommit, WireVerdict } from '../../src/sync/wire.ts'
import { memoryLog } from './support/core-server.ts'
import { counting } from './support/counting.ts'
import { commitId, device } from './support/ids.ts'
import { notes } from './support/notes.ts'
import { NOW, request, wireCommit, wireEvent } from './support/requests.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'larder-idempotence-'))
})
afterAll(() => rmSync(folder, { recursive: true }))
const newFile = counting('log')

const logs: readonly { name: string; runs: number; open: () => ServerLog }[] = [
  { name: 'memory', runs: 60, open: memoryLog },
  { name: 'libsql', runs: 10, open: () => openLibsqlServerLog({ file: join(folder, newFile()) }) },
]

/** Commit n, with 1 to 3 events; every third is one that the server refuses whenever it comes. */
function commitOf(n: number): WireCommit {
  const data = n % 3 === 0 ? { text: '' } : { text: `commit ${n}` }
  return wireCommit(n, { events: Array.from({ length: (n % 3) + 1 }, (_, k) => wireEvent(n * 10 + k, { data })) })
}

const isGood = (n: number): boolean => n % 3 !== 0

async function send(log: ServerLog, change: Partial<ExchangeRequest>): Promise<readonly WireVerdict[]> {
  const context = { log, account: 'ann', catalog: notes.catalog, domainVersion: '1', rules: [], now: () => NOW }
  const answer = await exchange(JSON.parse(JSON.stringify(request(change))), context)
  if (answer.status !== 200) throw new Error(answer.body.code)
  return answer.body.verdicts
}

const readAll = async (tx: LogTransaction) => tx.read(0, { events: 1e6, units: 1e9 })

describe.each(logs)('On $name', ({ runs, open }) => {
  it('C44: the same commits pushed many times, in parallel and in any order, are stored once and get equal answers', async () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 })
    const pushes = fc.array(fc.record({ numbers, later: fc.boolean() }), { minLength: 2, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(pushes, async (made) => {
        const log = open()
        try {
          const push = (each: { numbers: readonly number[] }) => send(log, { commits: each.numbers.map(commitOf) })
          // First together, then one by one: days later is no different.
          const verdicts = (await Promise.all(made.filter(({ later }) => !later).map(push))).flat()
          for (const each of made.filter(({ later }) => later)) verdicts.push(...(await push(each)))

          const stored = await log.transact('ann', readAll)
          const pushed = new Set(made.flatMap((each) => each.numbers))
          expect(new Set(stored.map(({ id }) => id))).toEqual(new Set([...pushed].filter(isGood).map(commitId)))
          expect(stored.length).toBe(new Set(stored.map(({ id }) => id)).size)

          let next = 1
          for (const commit of stored) {
            expect(commit.position).toBe(next)
            next = lastPositionOf(commit) + 1
          }
          const places = new Map(stored.map(({ id, position }) => [id, position]))
          const accepted: string[] = []
          for (const verdict of verdicts) {
            if (verdict.status === 'accepted') accepted.push(verdict.id)
            if (verdict.status === 'rejected') expect(verdict.code).toBe('validation')
            else expect('position' in verdict && verdict.position).toBe(places.get(verdict.id))
          }
          expect(accepted.toSorted()).toEqual([...places.keys()].sort())
        } finally {
          await log.close()
        }
      }),
      { numRuns: runs },
    )
  })

  it('C77: fifty devices that push the same commit at once get one copy and fifty equal positions', async () => {
    const log = open()
    const made = wireCommit(1, { device: device(1) })
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, n) => send(log, { device: device(n + 2), commits: [made] })),
    )
    expect(verdicts.flat().filter(({ status }) => status === 'accepted')).toHaveLength(1)
    expect(verdicts.flat().map((verdict) => 'position' in verdict && verdict.position)).toEqual(Array(50).fill(1))
    expect(await log.transact('ann', readAll)).toHaveLength(1)
    await log.close()
  })

  it('a line of replacements is accepted at most once, whatever arrives first', async () => {
    const line = [1, 2, 4]
    const arrivals = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(arrivals, async (order) => {
        const log = open()
        try {
          let alive: string | undefined
          let discarded = false
          for (const index of order) {
            if (index === 3) {
              const answers = await send(log, { withdraw: line.map(commitId) })
              discarded ||= answers.every(({ status }) => status === 'withdrawn')
              continue
            }
            const n = line[index] ?? 0
            const [verdict] = await send(log, {
              commits: [{ ...commitOf(n), replaces: line.slice(0, index).map(commitId) }],
            })
            if (verdict?.status !== 'accepted') continue
            expect(alive).toBeUndefined()
            expect(discarded).toBe(false)
            alive = verdict.id
          }
          expect((await log.transact('ann', readAll)).map(({ id }) => id)).toEqual(alive === undefined ? [] : [alive])
        } finally {
          await log.close()
        }
      }),
      { numRuns: runs },
    )
  })
})
