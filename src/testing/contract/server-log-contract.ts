import { nextMark } from '../../../server/core/fingerprint.ts'
import {
  type CommitToAppend,
  type LogTransaction,
  lastPositionOf,
  type ServerLog,
} from '../../../server/core/server-log.ts'
import { isLarderError } from '../../errors.ts'
import { failureOf } from './failure-of.ts'
import type { TestRunner } from './test-runner.ts'

const EVERYTHING = { events: 10_000, units: 10_000_000 }

/**
 * What every `ServerLog` has to do. Call it in a test file of yours:
 *
 * ```ts
 * import { describe, expect, it } from 'vitest'
 * serverLogContract({ describe, it, expect }, 'our database', () => openOurLog(newEmptySchema()))
 * ```
 *
 * @param open gives an empty log, a new one each time; the suite closes it
 */
export function serverLogContract(
  { describe, it, expect }: TestRunner,
  name: string,
  open: () => Promise<ServerLog>,
): void {
  const withLog = (work: (log: ServerLog) => Promise<void>) => async (): Promise<void> => {
    const log = await open()
    try {
      await work(log)
    } finally {
      await log.close()
    }
  }

  describe(`server log contract: ${name}`, () => {
    it(
      'starts an account at position 0 with an empty mark',
      withLog(async (log) => {
        const head = await log.transact('ann', (tx) => tx.head())
        expect(head).toEqual({ position: 0, mark: '' })
        expect(await log.transact('ann', (tx) => tx.markAt(0))).toBe('')
        expect(await log.transact('ann', (tx) => tx.read(0, EVERYTHING))).toEqual([])
      }),
    )

    it(
      'gives each account an epoch once',
      withLog(async (log) => {
        const first = await log.transact('ann', async (tx) => tx.epoch)
        await log.transact('ann', (tx) => tx.append(commit(1)))
        const again = await log.transact('ann', async (tx) => tx.epoch)
        const other = await log.transact('bob', async (tx) => tx.epoch)
        expect(first === '').toBe(false)
        expect(again).toBe(first)
        expect(other === first).toBe(false)
      }),
    )

    it(
      'numbers events without a gap, and commits by their first event',
      withLog(async (log) => {
        const positions = [
          await log.transact('ann', (tx) => tx.append(commit(1, 3))),
          await log.transact('ann', (tx) => tx.append(commit(2, 1))),
          await log.transact('ann', (tx) => tx.append(commit(3, 2))),
        ]
        expect(positions).toEqual([1, 4, 5])
        expect((await log.transact('ann', (tx) => tx.head())).position).toBe(6)
        const read = await log.transact('ann', (tx) => tx.read(0, EVERYTHING))
        expect(read.map((each) => [each.position, lastPositionOf(each)])).toEqual([
          [1, 3],
          [4, 4],
          [5, 6],
        ])
      }),
    )

    it(
      'gives back what was appended, byte for byte',
      withLog(async (log) => {
        const text = '{"b":1,  "a":"é😀\\u2028\\"\\\\ ","n":1e2,"deep":[[[{}]]]}'
        const appended = { ...commit(1), events: [{ id: eventId(1), stream: 'a', text }] }
        await log.transact('ann', (tx) => tx.append(appended))
        const [read] = await log.transact('ann', (tx) => tx.read(0, EVERYTHING))
        expect(read).toEqual({
          id: appended.id,
          device: appended.device,
          seq: appended.seq,
          receivedAt: appended.receivedAt,
          position: 1,
          mark: nextMark('', appended.id),
          events: [text],
        })
      }),
    )

    it(
      'chains the marks, and holds them only where a commit ends',
      withLog(async (log) => {
        await append(log, commit(1, 2), commit(2, 1))
        const marks = await log.transact('ann', (tx) => Promise.all([0, 1, 2, 3, 4].map((at) => tx.markAt(at))))
        const first = nextMark('', commitId(1))
        expect(marks).toEqual(['', undefined, first, nextMark(first, commitId(2)), undefined])
        expect(await log.transact('ann', (tx) => tx.head())).toEqual({ position: 3, mark: marks[3] })
      }),
    )

    it(
      'finds commits, event ids, seqs, withdrawals and stream versions',
      withLog(async (log) => {
        await append(log, commit(1, 2, 'x'), commit(2, 1, 'y'))
        await log.transact('ann', (tx) => tx.withdraw([commitId(8), commitId(9), commitId(8)]))
        await log.transact('ann', (tx) => tx.withdraw([commitId(9)]))
        await log.transact('ann', async (tx) => {
          expect(await tx.commits([commitId(1), commitId(2), commitId(3)])).toEqual(
            new Map([
              [commitId(1), { position: 1, bodyHash: 'hash 1' }],
              [commitId(2), { position: 3, bodyHash: 'hash 2' }],
            ]),
          )
          expect(await tx.eventOwners([eventId(101), eventId(200), eventId(300)])).toEqual(
            new Map([
              [eventId(101), commitId(1)],
              [eventId(200), commitId(2)],
            ]),
          )
          expect(await tx.seqOwners(device(1), [2, 99])).toEqual(new Map([[2, commitId(2)]]))
          expect(await tx.seqOwners(device(2), [2])).toEqual(new Map())
          expect(await tx.seqOwners(device(1), [])).toEqual(new Map())
          expect(await tx.withdrawn([commitId(1), commitId(8), commitId(9)])).toEqual(
            new Set([commitId(8), commitId(9)]),
          )
          expect(await tx.streamVersion('x')).toBe(2)
          expect(await tx.streamVersion('y')).toBe(1)
          expect(await tx.streamVersion('__proto__')).toBe(0)
        })
      }),
    )

    it(
      'sees its own writes within a transaction',
      withLog(async (log) => {
        await append(log, commit(1, 1, 'x'))
        await log.transact('ann', async (tx) => {
          expect(await tx.append(commit(2, 2, 'x'))).toBe(2)
          expect(await tx.append(commit(3, 1, 'x'))).toBe(4)
          await tx.withdraw([commitId(9)])
          expect((await tx.head()).position).toBe(4)
          expect(await tx.markAt(3)).toBe(nextMark((await tx.markAt(1)) ?? '?', commitId(2)))
          expect((await tx.commits([commitId(2)])).get(commitId(2))?.position).toBe(2)
          expect((await tx.eventOwners([eventId(300)])).get(eventId(300))).toBe(commitId(3))
          expect(await tx.seqOwners(device(1), [3])).toEqual(new Map([[3, commitId(3)]]))
          expect((await tx.withdrawn([commitId(9)])).size).toBe(1)
          expect(await tx.streamVersion('x')).toBe(4)
          expect((await tx.read(1, EVERYTHING)).map((each) => each.id)).toEqual([commitId(2), commitId(3)])
          expect(await tx.readStream('x', 1, 2)).toEqual(['{"event":200}', '{"event":201}'])
        })
      }),
    )

    it(
      'keeps nothing of a transaction whose work fails, and goes on with the next',
      withLog(async (log) => {
        await append(log, commit(1))
        const before = await log.transact('ann', contentOf)
        const thrown = new Error('no')
        const failed = log.transact('ann', async (tx) => {
          await tx.append(commit(2))
          await tx.withdraw([commitId(9)])
          throw thrown
        })
        expect(await failureOf(failed)).toBe(thrown)
        expect(await log.transact('ann', contentOf)).toEqual(before)
        expect(await log.transact('ann', (tx) => tx.append(commit(2)))).toBe(2)
      }),
    )

    it(
      'runs the transactions of an account one after the other, in the order they came',
      withLog(async (log) => {
        const positions = await Promise.all(
          Array.from({ length: 50 }, (_, n) =>
            log.transact('ann', async (tx) => {
              const { position } = await tx.head()
              await Promise.resolve()
              expect((await tx.head()).position).toBe(position)
              return tx.append(commit(n + 1))
            }),
          ),
        )
        expect(positions).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
      }),
    )

    it(
      'reads pages up to either bound, with at least one whole commit',
      withLog(async (log) => {
        await append(log, commit(1, 2), commit(2, 2), commit(3, 2))
        const page = (after: number, events: number, units: number) =>
          log.transact('ann', async (tx) => (await tx.read(after, { events, units })).map((each) => each.id))
        const all = [commitId(1), commitId(2), commitId(3)]
        expect(await page(0, 100, 100_000)).toEqual(all)
        expect(await page(0, 4, 100_000)).toEqual(all.slice(0, 2))
        expect(await page(0, 3, 100_000)).toEqual(all.slice(0, 1))
        expect(await page(0, 1, 100_000)).toEqual(all.slice(0, 1))
        const units = '{"event":100}'.length
        expect(await page(0, 100, units * 4)).toEqual(all.slice(0, 2))
        expect(await page(0, 100, units * 4 - 1)).toEqual(all.slice(0, 1))
        expect(await page(2, 100, 1)).toEqual(all.slice(1, 2))
        expect(await page(6, 100, 100_000)).toEqual([])
      }),
    )

    it(
      'reads a stream across commits from a version on',
      withLog(async (log) => {
        await append(log, commit(1, 2, 'x'), commit(2, 1, 'y'), commit(3, 2, 'x'))
        const read = (after: number, limit: number) => log.transact('ann', (tx) => tx.readStream('x', after, limit))
        expect(await read(0, 10)).toEqual(['{"event":100}', '{"event":101}', '{"event":300}', '{"event":301}'])
        expect(await read(1, 2)).toEqual(['{"event":101}', '{"event":300}'])
        expect(await read(4, 10)).toEqual([])
        expect(await log.transact('ann', (tx) => tx.readStream('z', 0, 10))).toEqual([])
      }),
    )

    it(
      'C78: keeps accounts apart, also where every id is the same',
      withLog(async (log) => {
        const names = ['ann', 'bob', '', '__proto__', "ann'; --", 'ann\u0001', '😀']
        for (const [index, account] of names.entries()) {
          await log.transact(account, async (tx) => {
            expect((await tx.head()).position).toBe(0)
            expect((await tx.commits([commitId(1)])).size).toBe(0)
            expect((await tx.eventOwners([eventId(100)])).size).toBe(0)
            expect(await tx.seqOwners(device(1), [1])).toEqual(new Map())
            expect((await tx.withdrawn([commitId(9)])).size).toBe(0)
            expect(await tx.streamVersion('x')).toBe(0)
            expect(await tx.append(commit(1, index + 1, 'x'))).toBe(1)
            await tx.withdraw([commitId(9)])
          })
        }
        const versions = await Promise.all(names.map((account) => log.transact(account, (tx) => tx.streamVersion('x'))))
        expect(versions).toEqual(names.map((_, index) => index + 1))
      }),
    )

    it('refuses to work once it is closed', async () => {
      const log = await open()
      const running = log.transact('ann', (tx) => tx.append(commit(1)))
      await log.close()
      expect(await running).toBe(1)
      expect(isLarderError(await failureOf(log.transact('ann', (tx) => tx.head())), 'closed')).toBe(true)
      await log.close()
    })
  })
}

function commit(n: number, events = 1, stream = 'x'): CommitToAppend {
  return {
    id: commitId(n),
    device: device(1),
    seq: n,
    receivedAt: '2026-11-23T12:00:00.000Z',
    bodyHash: `hash ${n}`,
    events: Array.from({ length: events }, (_, i) => ({
      id: eventId(n * 100 + i),
      stream,
      text: JSON.stringify({ event: n * 100 + i }),
    })),
  }
}

async function append(log: ServerLog, ...commits: readonly CommitToAppend[]): Promise<void> {
  await log.transact('ann', async (tx) => {
    for (const each of commits) await tx.append(each)
  })
}

async function contentOf(tx: LogTransaction): Promise<unknown> {
  return {
    epoch: tx.epoch,
    head: await tx.head(),
    commits: await tx.read(0, EVERYTHING),
    withdrawn: await tx.withdrawn([commitId(9)]),
    stream: await tx.readStream('x', 0, 100),
  }
}

/** A lower-case UUID that says what it is. */
function uuid(kind: 'c' | 'd' | 'e', n: number): string {
  return `${kind.repeat(8)}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`
}

const device = (n: number): string => uuid('d', n)
const commitId = (n: number): string => uuid('c', n)
const eventId = (n: number): string => uuid('e', n)
