import { describe, expect, it } from 'vitest'
import { exchange } from '../../server/core/exchange.ts'
import { nextMark } from '../../server/core/fingerprint.ts'
import { EXCHANGE_LIMITS } from '../../server/core/limits.ts'
import { refuseCommit } from '../../server/core/rules.ts'
import type { ServerLog } from '../../server/core/server-log.ts'
import type { ExchangeResponse, WireCommit, WireCursor } from '../../src/sync/wire.ts'
import { type CoreServer, coreServer } from './support/core-server.ts'
import { commitId, device, eventId, uuid } from './support/ids.ts'
import { notes } from './support/notes.ts'
import { NOW, request, wireCommit, wireEvent } from './support/requests.ts'

/** Commits `from`–`to` by device `by`, with 1 to 3 events each. */
function commits(from: number, to: number, by = 1): WireCommit[] {
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const n = from + i
    const events = Array.from({ length: (n % 3) + 1 }, (_, k) => wireEvent(n * 10 + k))
    return wireCommit(n, { device: device(by), events })
  })
}

/** Pulls page after page, as a client does, checking that each follows on the one before without a gap. */
async function pullAll(
  server: CoreServer,
  limit: number,
  cursor: WireCursor | null = null,
): Promise<ExchangeResponse[]> {
  const pages: ExchangeResponse[] = []
  let at = cursor
  for (;;) {
    const page = await server.ok({ device: device(9), cursor: at, limit })
    let next = (at?.position ?? 0) + 1
    for (const commit of page.commits) {
      expect(commit.position).toBe(next)
      next += 'events' in commit ? commit.events.length : 0
    }
    expect(page.cursor.position).toBe(next - 1)
    expect(page.more).toBe(page.cursor.position < page.head)
    pages.push(page)
    at = page.cursor
    if (!page.more) return pages
  }
}

const idsOf = (pages: readonly ExchangeResponse[]): string[] =>
  pages.flatMap((page) => page.commits.map((commit) => commit.id))

describe('Pull', () => {
  it('answers an empty log with a cursor at 0', async () => {
    const answer = await coreServer().ok({})
    expect(answer).toEqual({
      protocol: 1,
      domain: 'notes 1',
      head: 0,
      limits: { commits: 500, bytes: 4_194_304 },
      verdicts: [],
      commits: [],
      cursor: { epoch: 'epoch-1', position: 0, mark: '' },
      more: false,
    })
    expect((await coreServer().ok({ cursor: answer.cursor })).commits).toEqual([])
  })

  it.each([1, 2, 3, 7, 1000])(
    'gives every commit once, in order and without a gap, in pages of %i events',
    async (limit) => {
      const server = coreServer()
      const all = commits(1, 40)
      await server.push(...all)
      const pages = await pullAll(server, limit)
      expect(idsOf(pages)).toEqual(all.map((commit) => commit.id))
      for (const page of pages) {
        const events = page.commits.reduce((sum, commit) => sum + ('events' in commit ? commit.events.length : 0), 0)
        expect(events <= limit || page.commits.length === 1).toBe(true)
      }
      expect(pages.at(-1)?.cursor.mark).toBe(all.map((commit) => commit.id).reduce(nextMark, ''))
    },
  )

  it('bounds a page by size too, and still gives a commit that is larger than a page', async () => {
    const server = coreServer({ limits: { ...EXCHANGE_LIMITS, pageUnits: 1000 } })
    const big = wireCommit(2, { events: [wireEvent(2, { data: { text: 'x'.repeat(5000) } })] })
    await server.push(wireCommit(1), big, wireCommit(3))
    expect((await pullAll(server, 500)).map((page) => page.commits.length)).toEqual([1, 1, 1])
  })

  it('asks for no more events than the server likes to give', async () => {
    const server = coreServer({ limits: { ...EXCHANGE_LIMITS, pageEvents: 2 } })
    await server.push(wireCommit(1), wireCommit(2), wireCommit(3))
    expect((await server.ok({ limit: 1_000_000 })).commits).toHaveLength(2)
  })

  it('says who made each commit, and when it was received', async () => {
    const server = coreServer()
    await server.push(wireCommit(1), wireCommit(4, { device: device(3) }))
    expect((await server.ok({ device: device(2) })).commits).toEqual([
      {
        id: commitId(1),
        device: device(1),
        seq: 1,
        position: 1,
        receivedAt: '2026-11-23T12:00:05.000Z',
        events: [wireEvent(1)],
      },
      {
        id: commitId(4),
        device: device(3),
        seq: 4,
        position: 2,
        receivedAt: '2026-11-23T12:00:05.000Z',
        events: [wireEvent(4)],
      },
    ])
  })

  it('goes on from the cursor with what others pushed meanwhile', async () => {
    const server = coreServer()
    const first = await server.ok({ commits: commits(1, 3) })
    await server.push(...commits(4, 6, 2))
    const second = await server.ok({ cursor: first.cursor })
    expect(idsOf([second])).toEqual([commitId(4), commitId(5), commitId(6)])
    expect(second.more).toBe(false)
  })
})

describe('Echo', () => {
  it('leaves out the bodies of commits of this request, and of no others', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    await server.push(wireCommit(2, { device: device(2) }))
    const answer = await server.ok({ commits: [wireCommit(1), wireCommit(3)] })
    expect(answer.commits).toMatchObject([
      { id: commitId(1), echo: true },
      { id: commitId(2), events: [wireEvent(2)] },
      { id: commitId(3), echo: true },
    ])
    expect(answer.commits.filter((commit) => 'events' in commit)).toHaveLength(1)
  })

  it('gives all bodies where the device does not want echoes', async () => {
    const answer = await coreServer().ok({ commits: [wireCommit(1)], echo: false })
    expect(answer.commits).toMatchObject([{ id: commitId(1), events: [wireEvent(1)] }])
  })

  it('gives the body of a commit whose id this device used for another', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    const answer = await server.ok({ commits: [wireCommit(1, { events: [wireEvent(2)] })] })
    expect(answer.verdicts).toMatchObject([{ code: 'id-reused' }])
    expect(answer.commits).toMatchObject([{ id: commitId(1), events: [wireEvent(1)] }])
  })

  it('gives the body of a commit that was withdrawn too late', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    const answer = await server.ok({ withdraw: [commitId(1)] })
    expect(answer.verdicts).toEqual([{ id: commitId(1), status: 'duplicate', position: 1 }])
    expect(answer.commits).toMatchObject([{ id: commitId(1), events: [wireEvent(1)] }])
  })
})

describe('409 log-diverged', () => {
  /** A server on which 10 commits were synced, and the same server restored from a backup taken after 4. */
  async function restored(): Promise<{ before: readonly WireCursor[]; server: CoreServer }> {
    const original = coreServer()
    const before: WireCursor[] = []
    let backup = original.log
    for (let n = 1; n <= 10; n++) {
      before.push((await original.ok({ commits: commits(n, n), cursor: before.at(-1) ?? null })).cursor)
      if (n === 4) backup = original.log.backup()
    }
    return { before, server: coreServer({}, backup) }
  }

  it('answers a place that the log no longer holds, before anything is judged', async () => {
    const { before, server } = await restored()
    const lost = before[9] ?? null
    expect(await server.problem({ cursor: lost, commits: commits(11, 11), withdraw: [commitId(12)] })).toMatchObject({
      status: 409,
      code: 'log-diverged',
    })
    expect(await server.stored()).toHaveLength(4)
    expect(await server.push(wireCommit(12))).toMatchObject([{ status: 'accepted' }])
  })

  it('names no known place until it was shown some', async () => {
    const { before, server } = await restored()
    expect(await server.problem({ cursor: before[9] ?? null })).not.toHaveProperty('known')
  })

  it('names the highest of the places it was shown that it holds', async () => {
    const { before, server } = await restored()
    const marks = [before[0], before[8], before[3], before[2]].flatMap((cursor) => cursor ?? [])
    expect(await server.problem({ cursor: before[9] ?? null, marks })).toMatchObject({ known: before[3] })
    expect((await server.ok({ cursor: before[3] ?? null })).commits).toEqual([])
  })

  it('knows none of the places of other commits, also where the positions match', async () => {
    const { before, server } = await restored()
    const foreign = before.map(({ position }) => ({ position, mark: nextMark('', commitId(position)) }))
    expect(await server.problem({ cursor: before[9] ?? null, marks: foreign.slice(1) })).toMatchObject({ known: null })
    expect(await server.problem({ cursor: before[9] ?? null, marks: [{ position: 0, mark: '' }] })).toMatchObject({
      known: null,
    })
    expect(await server.problem({ cursor: before[9] ?? null, marks: [] })).toMatchObject({ known: null })
  })

  it('answers another log, a place within a commit, and a place that others have overtaken', async () => {
    const { before, server } = await restored()
    const [, second, , , fifth] = before
    if (second === undefined || fifth === undefined) throw new Error('no cursor')
    const refused = async (cursor: WireCursor) =>
      expect(await server.problem({ cursor })).toMatchObject({ code: 'log-diverged' })
    await refused({ ...second, epoch: 'another' })
    await refused({ ...second, position: second.position + 1 })
    await refused({ ...second, mark: '' })
    await server.push(...commits(20, 30, 2))
    await refused(fifth)
    expect((await server.ok({ cursor: second })).commits).not.toEqual([])
  })

  it('recognises a log with the same commits under another epoch, where it is shown marks', async () => {
    const first = coreServer()
    const { cursor } = await first.ok({ commits: commits(1, 3) })
    const rebuilt = coreServer({ account: 'bob' }, first.log)
    await rebuilt.push(...commits(1, 3))
    expect(await rebuilt.problem({ cursor, marks: [cursor] })).toMatchObject({
      known: { epoch: 'epoch-2', position: cursor.position, mark: cursor.mark },
    })
  })

  it('takes everything again after a restore: each commit is there once', async () => {
    const { before, server } = await restored()
    const offered = commits(1, 10)
    const answer = await server.ok({ cursor: before[3] ?? null, commits: offered })
    expect(answer.verdicts.map((verdict) => verdict.status)).toEqual([
      ...Array(4).fill('duplicate'),
      ...Array(6).fill('accepted'),
    ])
    expect(await server.stored()).toEqual(offered.map((commit) => commit.id))
  })

  it('takes commits that another device made as that device would have sent them', async () => {
    const server = coreServer()
    await server.ok({ device: device(2), commits: [wireCommit(1, { device: device(1) })] })
    expect(await server.push(wireCommit(1))).toMatchObject([{ status: 'duplicate' }])
  })
})

describe('409 device-forked', () => {
  it('answers a (device, seq) that is another commit’s, before any commit is judged', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    const forked = { commits: [wireCommit(5), wireCommit(2, { seq: 1 })], withdraw: [commitId(6)] }
    expect(await server.problem(forked)).toMatchObject({ status: 409, code: 'device-forked' })
    expect(await server.stored()).toEqual([commitId(1)])
    expect(await server.push(wireCommit(6))).toMatchObject([{ status: 'accepted' }])
  })

  it('takes the same commits under a fresh device id', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    const answer = await server.ok({ device: device(7), commits: [wireCommit(2, { seq: 1 })] })
    expect(answer.verdicts).toMatchObject([{ status: 'accepted' }])
  })

  it('lets a commit that was accepted come again under a fresh device id', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    const answer = await server.ok({
      device: device(7),
      commits: [wireCommit(1, { seq: 40 }), wireCommit(2, { seq: 41 })],
    })
    expect(answer.verdicts.map((verdict) => verdict.status)).toEqual(['duplicate', 'accepted'])
  })

  it('finds the same seq twice in one request', async () => {
    expect(await coreServer().problem({ commits: [wireCommit(1), wireCommit(2, { seq: 1 })] })).toMatchObject({
      code: 'device-forked',
    })
  })

  it('does not take a refused commit’s seq for taken', async () => {
    const server = coreServer({ rules: [({ id }) => (id === commitId(1) ? refuseCommit('no', 'No.') : undefined)] })
    await server.push(wireCommit(1))
    expect(await server.push(wireCommit(2, { seq: 1 }))).toMatchObject([{ status: 'accepted' }])
  })

  it('does not concern the devices of another account', async () => {
    const server = coreServer()
    await server.push(wireCommit(1))
    expect(await coreServer({ account: 'bob' }, server.log).push(wireCommit(2, { seq: 1 }))).toMatchObject([
      { status: 'accepted' },
    ])
  })
})

describe('A request as a whole', () => {
  const context = () => {
    const server = coreServer()
    return { log: server.log, account: 'ann', catalog: notes.catalog, domainVersion: '1', rules: [], now: () => NOW }
  }

  it.each([
    ['another protocol', { ...request(), protocol: 2 }, 426, 'protocol-version'],
    ['another protocol of another shape', { protocol: 99 }, 426, 'protocol-version'],
    ['null', null, 422, 'request-invalid'],
    ['a list', [], 422, 'request-invalid'],
    ['an empty object', {}, 422, 'request-invalid'],
    ['a protocol that is no number', { ...request(), protocol: '1' }, 422, 'request-invalid'],
    ['a commit without events', request({ commits: [{ ...wireCommit(1), events: [] }] }), 422, 'request-invalid'],
    ['an upper-case id', request({ withdraw: [commitId(1).toUpperCase()] }), 422, 'request-invalid'],
    [
      'a stream that is no name',
      request({ commits: [wireCommit(1, { events: [wireEvent(1, { stream: 'a b' })] })] }),
      422,
      'request-invalid',
    ],
    [
      'an event without data',
      { ...request(), commits: [{ ...wireCommit(1), events: [{ ...wireEvent(1), data: undefined }] }] },
      422,
      'request-invalid',
    ],
    ['a negative limit', request({ limit: -1 }), 422, 'request-invalid'],
    ['a cursor at a fraction', request({ cursor: { epoch: 'x', position: 1.5, mark: '' } }), 422, 'request-invalid'],
    ['too many marks', request({ marks: Array(65).fill({ position: 1, mark: '' }) }), 422, 'request-invalid'],
    [
      'too many commits',
      request({ commits: Array.from({ length: 501 }, (_, n) => wireCommit(n + 1)) }),
      413,
      'too-many-commits',
    ],
  ])('that is %s is refused whole', async (_, body, status, code) => {
    const answer = await exchange(JSON.parse(JSON.stringify(body)), context())
    expect(answer).toMatchObject({ status, body: { code } })
  })

  it('C96: with forbidden keys anywhere pollutes nothing', async () => {
    const given = context()
    for (const text of [
      '{"__proto__":{"protocol":1}}',
      JSON.stringify(request()).replace('"echo":true', '"echo":true,"__proto__":{"polluted":1}'),
      JSON.stringify(request({ commits: [wireCommit(1, { expected: { x: 1 } })] })).replace('"x":1', '"__proto__":1'),
    ]) {
      const answer = await exchange(JSON.parse(text), given)
      expect([200, 422]).toContain(answer.status)
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('is not applied at all when the log fails half-way', async () => {
    const given = context()
    const failing: ServerLog = {
      close: () => given.log.close(),
      transact: (account, work) =>
        given.log.transact(account, (tx) =>
          work({
            epoch: tx.epoch,
            head: () => tx.head(),
            markAt: (position) => tx.markAt(position),
            commits: (ids) => tx.commits(ids),
            withdrawn: (ids) => tx.withdrawn(ids),
            eventOwners: (ids) => tx.eventOwners(ids),
            seqOwners: (by, seqs) => tx.seqOwners(by, seqs),
            streamVersion: (stream) => tx.streamVersion(stream),
            append: (commit) => (commit.id === commitId(3) ? Promise.reject(new Error('disk')) : tx.append(commit)),
            withdraw: (ids) => tx.withdraw(ids),
            read: (after, bounds) => tx.read(after, bounds),
            readStream: (stream, after, limit) => tx.readStream(stream, after, limit),
          }),
        ),
    }
    const body = request({ commits: [wireCommit(1), wireCommit(2), wireCommit(3)], withdraw: [commitId(9)] })
    await expect(exchange(body, { ...given, log: failing })).rejects.toThrow('disk')
    const answer = await exchange(request({ commits: [wireCommit(9)] }), given)
    expect(answer).toMatchObject({ status: 200, body: { head: 1, verdicts: [{ status: 'accepted', position: 1 }] } })
  })
})

describe('C78: Accounts', () => {
  it('see nothing of one another, whatever ids, cursors, streams and devices a request names', async () => {
    const ann = coreServer()
    const secret = wireEvent(1, { id: eventId(1), stream: 'secret-stream', data: { text: 'canary' } })
    const { cursor } = await ann.ok({ commits: [wireCommit(1, { events: [secret] })] })
    const bob = coreServer({ account: 'bob' }, ann.log)
    const answers = [
      await bob.ok({ commits: [], withdraw: [commitId(1), eventId(1)] }),
      await bob.ok({ commits: [wireCommit(2, { events: [wireEvent(1)], expected: { 'secret-stream': 0 } })] }),
      await bob.problem({ cursor, marks: [cursor] }),
      await bob.ok({ commits: [wireCommit(3, { id: uuid('a', 3), replaces: [commitId(1)] })] }),
    ]
    expect(JSON.stringify(answers)).not.toContain('canary')
    expect(answers[0]).toMatchObject({ verdicts: [{ status: 'withdrawn' }, { status: 'withdrawn' }], commits: [] })
    expect(answers[1]).toMatchObject({ verdicts: [{ status: 'accepted', position: 1 }] })
    expect(answers[2]).toMatchObject({ code: 'log-diverged', known: null })
    expect(answers[3]).toMatchObject({ verdicts: [{ status: 'accepted' }] })
    expect((await ann.ok({ device: device(2) })).commits).toMatchObject([{ id: commitId(1), events: [secret] }])
    expect(await ann.push(wireCommit(1, { events: [secret] }))).toMatchObject([{ status: 'duplicate' }])
  })
})
