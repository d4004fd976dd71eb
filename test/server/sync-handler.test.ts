import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { DeadLetterReports } from '../../server/core/dead-letter-reports.ts'
import { MemoryDeadLetterReports } from '../../server/core/dead-letter-reports.ts'
import { developmentTokens } from '../../server/development-tokens.ts'
import { SYNC_ROUTES } from '../../server/sync-routes.ts'
import { LarderError } from '../../src/errors.ts'
import { exchangeResponse, wireProblem } from '../../src/sync/wire.ts'
import { httpServer, ORIGIN, TOKEN } from './support/http-server.ts'
import { commitId, device } from './support/ids.ts'
import { NoteWritten } from './support/notes.ts'
import { request, TIME, wireCommit, wireEvent } from './support/requests.ts'

async function problemOf(response: Response): Promise<{ status: number; code: string }> {
  const { code } = wireProblem.parse(await response.json())
  return { status: response.status, code }
}

const report = (n: number, code = 'no') => ({ id: commitId(n), code, attempts: 3, since: TIME })
const reportOf = (...deadLetters: readonly ReturnType<typeof report>[]) => ({
  protocol: 1,
  device: device(1),
  deadLetters,
})

describe('POST /exchange', () => {
  it('answers as the core does, as JSON that nobody keeps', async () => {
    const server = httpServer()
    const response = await server.exchange({ commits: [wireCommit(1)] })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(exchangeResponse.parse(await response.json())).toMatchObject({ head: 1, verdicts: [{ status: 'accepted' }] })
  })

  it('takes gzip', async () => {
    const body = gzipSync(JSON.stringify(request({ commits: [wireCommit(1)] })))
    const response = await httpServer().post('exchange', body, { 'content-encoding': 'gzip' })
    expect(await response.json()).toMatchObject({ head: 1 })
  })

  it('passes on what the core refuses', async () => {
    const server = httpServer()
    const cursor = { epoch: 'other', position: 3, mark: 'x' }
    const diverged = await server.exchange({ cursor, marks: [cursor] })
    expect(diverged.status).toBe(409)
    expect(await diverged.json()).toMatchObject({ code: 'log-diverged', known: null })
    expect(await problemOf(await server.post('exchange', {}))).toEqual({ status: 422, code: 'request-invalid' })
    expect(await problemOf(await server.post('exchange', { ...request(), protocol: 2 }))).toEqual({
      status: 426,
      code: 'protocol-version',
    })
  })

  it('announces the limits that it holds requests to', async () => {
    const server = httpServer({ limits: { bytes: 1000 } })
    expect(await (await server.exchange()).json()).toMatchObject({ limits: { bytes: 1000 } })
    const text = 'x'.repeat(1000)
    const large = await server.exchange({ commits: [wireCommit(1, { events: [wireEvent(1, { data: { text } })] })] })
    expect(await problemOf(large)).toEqual({ status: 413, code: 'body-too-large' })
  })

  it('goes on without a rule’s answer that does not come, and asks to send the commit again', async () => {
    const rules = [
      ({ id }: { id: string }) => (id === commitId(4) ? undefined : new Promise<undefined>(() => undefined)),
    ]
    const server = httpServer({ rules, ruleLimits: { eachMs: 500, allMs: 1200 } })
    const pushed = server.exchange({ commits: [1, 2, 3, 4].map((n) => wireCommit(n)) })
    for (const ms of [500, 500, 199]) {
      await server.clock.advance(ms)
      expect(server.clock.waiting).toBe(1)
    }
    await server.clock.advance(1)
    expect(server.clock.waiting).toBe(0)
    const late = { code: 'rule-failed', retryable: true }
    expect(await (await pushed).json()).toMatchObject({ verdicts: [late, late, late, late] })
    expect(await (await server.exchange({ commits: [wireCommit(4)] })).json()).toMatchObject({ head: 1 })
  })
})

describe('A body', () => {
  const valid = JSON.stringify(request())

  it.each([
    ['is empty', '', {}, 400, 'json-invalid'],
    ['is not JSON', '{"protocol":1,', {}, 400, 'json-invalid'],
    ['is a page', '<!doctype html><title>Sign in</title>', {}, 400, 'json-invalid'],
    ['is not UTF-8', Uint8Array.from([0x22, 0xff, 0x22]), {}, 400, 'text-encoding'],
    ['is said to be gzip and is not', valid, { 'content-encoding': 'gzip' }, 400, 'body-invalid'],
    ['is gzip that ends early', gzipSync(valid).subarray(0, 40), { 'content-encoding': 'gzip' }, 400, 'body-invalid'],
    ['is compressed otherwise', valid, { 'content-encoding': 'br' }, 415, 'encoding-unknown'],
    ['has 70 levels', '['.repeat(70) + ']'.repeat(70), {}, 422, 'json-depth'],
    ['has a million levels', '{"a":'.repeat(400_000), {}, 422, 'json-depth'],
    ['has 69 levels of nothing', '['.repeat(69) + ']'.repeat(69), {}, 422, 'request-invalid'],
    ['is larger than it says it may be', valid, { 'content-length': '99999999' }, 413, 'body-too-large'],
    ['is larger than 2 MiB as sent', `"${'x'.repeat(2 * 1024 * 1024)}"`, {}, 413, 'body-too-large'],
    [
      'is larger than 4 MiB once inflated',
      gzipSync(`"${'x'.repeat(4 * 1024 * 1024)}"`),
      { 'content-encoding': 'gzip' },
      413,
      'body-too-large',
    ],
  ])('that %s is refused', async (_, body, headers, status, code) => {
    const server = httpServer()
    expect(await problemOf(await server.post('exchange', body, headers))).toEqual({ status, code })
    expect(server.clock.waiting).toBe(0)
  })

  it('that is a gzip bomb is given up after 4 MiB, not after all of it', async () => {
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, '['), { level: 1 })
    expect(bomb.byteLength).toBeLessThan(2 * 1024 * 1024)
    const before = process.memoryUsage.rss()
    expect(await problemOf(await httpServer().post('exchange', bomb, { 'content-encoding': 'gzip' }))).toEqual({
      status: 413,
      code: 'body-too-large',
    })
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * 1024 * 1024)
  })

  it('that never ends is given up by the clock, and by its size', async () => {
    const server = httpServer()
    const send = (pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void) => {
      const init = { method: 'POST', headers: TOKEN, body: new ReadableStream({ pull }), duplex: 'half' }
      return server.fetch(new Request(`${ORIGIN}/sync/exchange`, init))
    }
    const silent = send(() => undefined)
    await server.clock.advance(30_000)
    expect(await problemOf(await silent)).toEqual({ status: 408, code: 'body-timeout' })
    const endless = send((controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(0x20)))
    expect(await problemOf(await endless)).toEqual({ status: 413, code: 'body-too-large' })
    expect(server.clock.waiting).toBe(0)
  })

  it('C80: with data that not every store can hold is answered by verdict, and never with 500', async () => {
    const server = httpServer()
    const event = (text: string) => JSON.stringify(request({ commits: [wireCommit(1)] })).replace('"note 1"', text)
    const codes: unknown[] = []
    for (const text of [
      '"\\u0000"',
      '"\\ud800"',
      '"x","more":1e308',
      '"x","more":9007199254740993',
      '"x","__proto__":{}',
    ]) {
      const response = await server.post('exchange', event(text))
      const { verdicts } = exchangeResponse.parse(await response.json())
      codes.push(verdicts[0]?.status === 'rejected' ? verdicts[0].code : verdicts[0]?.status)
    }
    expect(codes).toEqual(['text-invalid', 'text-invalid', 'payload-number', 'payload-number', 'key-forbidden'])
  })
})

describe('Who asks', () => {
  const routes = [...SYNC_ROUTES].map(([path, { method }]) => ({ path, method }))

  it('knows three routes', () => {
    expect(routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /exchange',
      'GET /live',
      'POST /dead-letters',
    ])
  })

  describe.each(routes)('$method $path', ({ path, method }) => {
    const ask = (server: ReturnType<typeof httpServer>, authorization?: string): Promise<Response> =>
      server.fetch(
        new Request(`${ORIGIN}/sync${path}`, {
          method,
          headers: authorization === undefined ? {} : { authorization },
          ...(method === 'POST' ? { body: JSON.stringify(path === '/exchange' ? request() : reportOf()) } : {}),
        }),
      )

    it.each([
      undefined,
      '',
      'dev:ann',
      'Bearer',
      'Bearer ',
      'Basic dev:ann',
      'Bearer dev:',
      'Bearer dev:a b',
      'Bearer x',
      'Bearer dev:a/b',
    ])('C78: answers 401 to %s', async (authorization) => {
      const response = await ask(httpServer(), authorization)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(await problemOf(response)).toEqual({ status: 401, code: 'auth-required' })
    })

    it('knows no development tokens unless they are enabled', async () => {
      const server = httpServer({ authenticate: developmentTokens({ enabled: false }) })
      expect(await problemOf(await ask(server, 'Bearer dev:ann'))).toEqual({ status: 401, code: 'auth-required' })
    })

    it('answers 403 to who may not sync, and to an account that cannot be one', async () => {
      const answers = ['forbidden' as const, { account: '' }, { account: 'a\u0000b' }, { account: 'x'.repeat(257) }]
      for (const answer of answers) {
        const server = httpServer({ authenticate: async () => answer })
        expect(await problemOf(await ask(server, 'Bearer x'))).toEqual({ status: 403, code: 'forbidden' })
      }
    })

    it('answers 503 when nobody can tell, and says nothing about the token', async () => {
      const server = httpServer({
        authenticate: async () => {
          throw new Error('canary-token')
        },
      })
      const response = await ask(server, 'Bearer canary-token')
      expect(response.headers.get('retry-after')).toBe('5')
      expect(await problemOf(response)).toEqual({ status: 503, code: 'auth-unavailable' })
      expect(server.logged.join()).not.toContain('canary')
    })

    it('answers to its own method only, and sends headers that keep the answer to itself', async () => {
      const server = httpServer()
      const wrong = await server.fetch(
        new Request(`${ORIGIN}/sync${path}`, { method: 'PUT', headers: TOKEN, body: '{}' }),
      )
      expect(wrong.headers.get('allow')).toBe(method)
      expect(await problemOf(wrong)).toEqual({ status: 405, code: 'method' })
      const right = await ask(server, 'Bearer dev:ann')
      for (const response of [wrong, right]) {
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'cache-control': 'no-store',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
        })
      }
      await right.body?.cancel()
    })

    it('answers 503 while it stops', async () => {
      const server = httpServer()
      await server.close()
      const response = await ask(server, 'Bearer dev:ann')
      expect(response.headers.get('retry-after')).toBe('1')
      expect(await problemOf(response)).toEqual({ status: 503, code: 'closing' })
    })
  })

  it('takes the scheme in any case, and asks another authority about other tokens', async () => {
    const otherwise = async () => ({ account: 'bob' })
    const server = httpServer({ authenticate: developmentTokens({ enabled: true, otherwise }) })
    expect(
      (await server.post('exchange', request({ commits: [wireCommit(1)] }), { authorization: 'bearer dev:ann' }))
        .status,
    ).toBe(200)
    expect(await (await server.post('exchange', request(), { authorization: 'Bearer jwt' })).json()).toMatchObject({
      head: 0,
    })
    expect(await (await server.exchange()).json()).toMatchObject({ head: 1 })
  })

  it.each([
    '/',
    '/sync',
    '/sync/',
    '/sync/exchange/',
    '/sync/Exchange',
    '/sync//exchange',
    '/syncexchange',
    '/sync/__proto__',
    '/exchange',
  ])('answers 404 at %s', async (path) => {
    const response = await httpServer().fetch(
      new Request(`${ORIGIN}${path}`, { method: 'POST', headers: TOKEN, body: '{}' }),
    )
    expect(await problemOf(response)).toEqual({ status: 404, code: 'not-found' })
  })

  it('can lie at another path, or at the root', async () => {
    for (const base of ['', '/api/larder']) {
      const server = httpServer({ base })
      const response = await server.fetch(
        new Request(`${ORIGIN}${base}/exchange`, { method: 'POST', headers: TOKEN, body: JSON.stringify(request()) }),
      )
      expect(response.status).toBe(200)
    }
    expect(() => httpServer({ base: 'sync/' })).toThrow(expect.objectContaining({ code: 'argument' }))
  })
})

describe('C78: Two accounts', () => {
  it('get nothing of one another at any route, whatever they name', async () => {
    const reports = new MemoryDeadLetterReports()
    const server = httpServer({ deadLetters: reports })
    const secret = wireEvent(1, { stream: 'shared-stream', data: { text: 'text-canary' } })
    const pushed = await (await server.exchange({ commits: [wireCommit(1, { events: [secret] })] })).json()
    const { cursor } = exchangeResponse.parse(pushed)
    await server.post('dead-letters', reportOf(report(1, 'code-canary')))
    const asBob = { authorization: 'Bearer dev:bob' }
    const bodies = [
      request({ cursor, marks: [cursor] }),
      request({ withdraw: [commitId(1)] }),
      {
        ...request({ commits: [wireCommit(2, { replaces: [commitId(1)], expected: { 'shared-stream': 1 } })] }),
        account: 'ann',
      },
      request({ commits: [wireCommit(1, { events: [wireEvent(1)] })] }),
    ]
    let answers = ''
    for (const body of bodies)
      answers += await (await server.post('exchange?account=ann', body, { ...asBob, 'x-account': 'ann' })).text()
    answers += await (await server.post('dead-letters', reportOf(report(1)), asBob)).text()
    const live = await server.fetch(new Request(`${ORIGIN}/sync/live?account=ann`, { headers: asBob }))
    answers += new TextDecoder().decode((await live.body?.getReader().read())?.value)
    expect(answers).not.toContain('canary')
    expect(answers).not.toContain(cursor.epoch)
    expect(await (await server.exchange({ device: device(2) })).json()).toMatchObject({
      head: 1,
      commits: [{ events: [secret] }],
    })
    expect((await reports.list('ann')).map((kept) => kept.report.code)).toEqual(['code-canary'])
  })
})

describe('POST /dead-letters', () => {
  it('keeps the latest report per device and commit', async () => {
    const reports = new MemoryDeadLetterReports()
    const server = httpServer({ deadLetters: reports })
    const first = await server.post('dead-letters', reportOf(report(1), report(2)))
    expect([first.status, await first.text()]).toEqual([204, ''])
    await server.clock.advance(1000)
    await server.post('dead-letters', reportOf({ ...report(1, 'later'), attempts: 4 }))
    await server.post('dead-letters', { ...reportOf(report(1)), device: device(2) })
    expect((await reports.list('ann')).map(({ device: by, report: { id, code } }) => [by, id, code])).toEqual([
      [device(2), commitId(1), 'no'],
      [device(1), commitId(1), 'later'],
      [device(1), commitId(2), 'no'],
    ])
  })

  it('refuses what is no report', async () => {
    const server = httpServer()
    expect(await problemOf(await server.post('dead-letters', request()))).toEqual({
      status: 422,
      code: 'request-invalid',
    })
    expect(await problemOf(await server.post('dead-letters', { protocol: 7 }))).toEqual({
      status: 426,
      code: 'protocol-version',
    })
  })
})

describe('What fails inside', () => {
  const failing = (error: unknown): DeadLetterReports => ({ save: () => Promise.reject(error), list: async () => [] })

  it.each([
    [new LarderError('storage-failed', 'canary', { cause: new Error('canary') }), 503, 'storage-failed', '5'],
    [new LarderError('closed', 'canary', {}), 503, 'closed', '5'],
    [new TypeError('canary'), 500, 'internal', null],
    ['canary', 500, 'internal', null],
  ])('%s is answered without what it says', async (error, status, code, retryAfter) => {
    const server = httpServer({ deadLetters: failing(error) })
    const response = await server.post('dead-letters', reportOf(report(1)))
    expect(response.headers.get('retry-after')).toBe(retryAfter)
    const text = await response.text()
    expect(text).not.toContain('canary')
    expect({ status: response.status, code: wireProblem.parse(JSON.parse(text)).code }).toEqual({ status, code })
    expect(server.logged).toHaveLength(1)
  })

  it('C84: leaves nothing of payload, metadata, token or account in the log', async () => {
    const canary = 'canary@example.com'
    const throwing = (): never => {
      throw new Error(canary)
    }
    const server = httpServer({ rules: [throwing], deadLetters: failing(new Error(canary)) })
    const as = { authorization: `Bearer dev:${canary}` }
    const event = (n: number, data: object) =>
      wireEvent(n, { data: { text: canary, ...data }, metadata: { userId: canary } })
    const events = [
      event(1, {}),
      event(2, { pinned: canary }),
      wireEvent(3, { type: 'Cursed', version: 1, data: { canary } }),
    ]
    await server.post(
      'exchange',
      request({ commits: events.map((each, i) => wireCommit(i + 1, { events: [each] })) }),
      as,
    )
    await server.post('exchange', `{"${canary}`, as)
    await server.post('exchange', { ...request(), [canary]: canary, commits: [{ id: canary }] }, as)
    await server.post(`exchange?${canary}`, request(), { authorization: `Bearer ${canary}` })
    await server.post(canary, request(), as)
    await server.post('dead-letters', { ...reportOf(report(1, canary)) }, as)
    expect(server.logged.length).toBeGreaterThanOrEqual(2)
    expect(server.logged.join('\n')).not.toContain('canary')
  })
})

describe('append', () => {
  it('reaches the devices like any other commit, without being asked by the rules for devices', async () => {
    const server = httpServer({ rules: [() => ({ code: 'no', message: '' })] })
    const receipt = await server.append('ann', [NoteWritten({ text: 'from the backend' })], {
      id: commitId(1),
      metadata: { userId: 'job' },
    })
    expect(receipt).toEqual({ commitId: commitId(1), position: 1 })
    expect(await (await server.exchange()).json()).toMatchObject({
      commits: [
        {
          id: commitId(1),
          device: '00000000-0000-0000-0000-000000000000',
          position: 1,
          events: [
            {
              type: 'NoteWritten',
              version: 2,
              stream: 'note-1',
              time: '2026-11-23T12:00:05.000Z',
              data: { text: 'from the backend' },
              metadata: { userId: 'job' },
            },
          ],
        },
      ],
    })
    expect(await (await server.exchange({}, 'bob')).json()).toMatchObject({ commits: [] })
  })

  it('is idempotent by id, and refuses the same id for something else', async () => {
    const server = httpServer()
    const append = (text: string) => server.append('ann', NoteWritten({ text }), { id: commitId(1) })
    await append('a')
    await server.clock.advance(5000)
    expect(await append('a')).toEqual({ commitId: commitId(1), position: 1 })
    await expect(append('b')).rejects.toMatchObject({ code: 'id-reused', details: { id: commitId(1) } })
    await expect(server.append('ann', NoteWritten({ text: 'c' }, { id: uuidOfFirstEvent }))).rejects.toMatchObject({
      code: 'id-reused',
    })
    expect(await (await server.exchange()).json()).toMatchObject({ head: 1 })
  })
  /** The first id that the test server makes. */
  const uuidOfFirstEvent = 'bbbbbbbb-0000-7000-8000-000000000001'

  it('refuses bad input and failed expectations by code, and stores nothing then', async () => {
    const server = httpServer()
    await expect(server.append('ann', NoteWritten({ text: '' }))).rejects.toMatchObject({ code: 'validation' })
    await expect(server.append('ann', [])).rejects.toMatchObject({ code: 'commit-empty' })
    const strict = () => server.append('ann', NoteWritten({ text: 'x' }), { expectedVersion: 'noStream' })
    await strict()
    await expect(strict()).rejects.toMatchObject({ code: 'concurrency', details: { actual: 1 } })
    expect(await (await server.exchange()).json()).toMatchObject({ head: 1 })
  })

  it('goes on where a device has claimed to be the server', async () => {
    const server = httpServer()
    const forged = [2, 3].map((seq) => wireCommit(seq, { seq, device: '00000000-0000-0000-0000-000000000000' }))
    await server.exchange({ commits: forged })
    expect(await server.append('ann', NoteWritten({ text: 'x' }))).toMatchObject({ position: 3 })
    expect(await server.append('ann', NoteWritten({ text: 'y' }))).toMatchObject({ position: 4 })
    const { commits } = exchangeResponse.parse(await (await server.exchange()).json())
    expect(new Set(commits.map(({ seq }) => seq)).size).toBe(4)
  })

  it('finishes what is running before the handler is closed', async () => {
    const server = httpServer()
    const running = server.append('ann', NoteWritten({ text: 'x' }))
    let done = false
    const noted = running.then(() => {
      done = true
    })
    await server.close()
    expect(done).toBe(true)
    await noted
  })
})
