import { beforeEach, describe, expect, it } from 'vitest'
import { discardDeadLetter } from '../../src/dead-letter/dead-letter-actions.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { EXCHANGE_DEADLINE_MS, Exchange, type ExchangeOutcome } from '../../src/sync/exchange.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { mentions } from '../support/mentions.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, emptyResponse, SyncServer } from '../support/sync-server.ts'
import { NOON, settled, VirtualClock } from '../support/virtual-clock.ts'
import { countingIds, seededRandom } from '../support/virtual-platform.ts'

let server: SyncServer
let store: EventStore
let clock: VirtualClock
const never = new AbortController().signal

beforeEach(async () => {
  server = new SyncServer()
  store = await openStore({ authority: 'server' })
  clock = new VirtualClock()
})

function exchangeOn(auth?: () => Promise<string>): Exchange {
  return new Exchange({
    ids: countingIds(0xf0f0),
    store,
    transport: server.transport(),
    tokens: new TokenSource(auth),
    clock,
    random: seededRandom(1),
    domain: 'notes 1',
    maxAttempts: 3,
  })
}

async function append(...texts: string[]): Promise<string[]> {
  const commits = texts.map((text) => prepared(noted(text)))
  await Promise.all(commits.map((commit) => store.append(commit)))
  return commits.map(({ id }) => id)
}

/** Exchanges for as long as there is more to do; answers the outcomes. */
async function drain(exchange = exchangeOn()): Promise<ExchangeOutcome['kind'][]> {
  const kinds: ExchangeOutcome['kind'][] = []
  for (;;) {
    const outcome = await exchange.run(0, never)
    kinds.push(outcome.kind)
    const goesOn = outcome.kind === 'again' || (outcome.kind === 'succeeded' && outcome.more)
    if (!goesOn) return kinds
    if (kinds.length > 500) throw new Error('it never ends')
  }
}

const html = '<html>Sign in to Hotel Wi-Fi</html>'
const problem = (code: string) => ({ code, message: 'A sentence' })

/** The table of the protocol: what each answer does, for a batch and for a single commit. */
const rows: readonly [name: string, status: number, body: unknown, outcome: object][] = [
  ['a captive portal', 200, html, { kind: 'failed', as: 'offline' }],
  ['JSON of another shape', 200, { ok: true }, { kind: 'failed', as: 'offline' }],
  ['a network that wants a sign-in', 511, html, { kind: 'failed', as: 'offline' }],
  ['a redirect', 302, '', { kind: 'failed', as: 'offline' }],
  ['a proxy’s 400', 400, html, { kind: 'failed', as: 'offline' }],
  ['400 of ours', 400, problem('request-invalid'), { kind: 'again' }],
  ['422 of ours', 422, problem('request-invalid'), { kind: 'again' }],
  ['401', 401, problem('token'), { kind: 'pause', reason: 'auth-required' }],
  ['403', 403, problem('no'), { kind: 'pause', reason: 'forbidden' }],
  ['404', 404, html, { kind: 'failed', as: 'offline' }],
  ['408', 408, '', { kind: 'failed', as: 'later' }],
  ['409 log-diverged', 409, problem('log-diverged'), { kind: 'again' }],
  ['a redirect to another origin, with an answer of ours', 200, 'elsewhere', { kind: 'failed', as: 'offline' }],
  ['409 of something else', 409, problem('x'), { kind: 'failed', as: 'offline' }],
  ['418', 418, '', { kind: 'failed', as: 'offline' }],
  ['425', 425, '', { kind: 'failed', as: 'later' }],
  ['426', 426, problem('protocol-version'), { kind: 'pause', reason: 'update-required' }],
  ['429', 429, '', { kind: 'failed', as: 'later' }],
  ['500', 500, problem('internal'), { kind: 'failed', as: 'later' }],
  ['502', 502, html, { kind: 'failed', as: 'later' }],
  ['503', 503, html, { kind: 'failed', as: 'later' }],
]

/** Would acknowledge all of them. */
const accepting = (ids: readonly string[]) =>
  emptyResponse({
    head: ids.length,
    verdicts: ids.map((id, n) => ({ id, status: 'accepted', position: n + 1 })),
  })

describe('C48: an answer that is no verdict', () => {
  for (const size of [1, 5]) {
    it.each(rows)(
      `${size === 1 ? 'to a single commit' : 'to a batch'} neither loses nor settles anything: %s`,
      async (_, status, body, outcome) => {
        const ids = await append(...Array.from({ length: size }, (_, n) => `n${n}`))
        const before = structuredClone(store.known.meta)
        server.instead = () =>
          body === 'elsewhere' ? { ...answer(status, accepting(ids)), redirected: true } : answer(status, body)
        expect(await exchangeOn().run(0, never)).toMatchObject(outcome)
        await store.refresh()
        expect(store.known.pending.records.map(({ id, verdict }) => [id, verdict])).toEqual(
          ids.map((id) => [id, undefined]),
        )
        expect(store.known.deadLetters.size).toBe(0)
        expect(store.known.meta).toEqual(before)
        // And when the server is there again, everything goes through, once.
        server.instead = undefined
        expect((await drain()).at(-1)).toBe('succeeded')
        expect((await server.accepted()).map(({ id }) => id)).toEqual(ids)
      },
    )
  }

  it.each([1, 5])(
    '409 device-forked to %i takes another device id, and nothing else: all go out under it, once',
    async (size) => {
      const ids = await append(...Array.from({ length: size }, (_, n) => `n${n}`))
      const { device } = store.known.meta
      server.instead = (request) => (request.device === device ? answer(409, problem('device-forked')) : undefined)
      const exchange = exchangeOn()
      expect(await exchange.run(0, never)).toEqual({ kind: 'again' })
      await store.refresh()
      expect(store.known.meta.device).not.toBe(device)
      expect([store.known.pending.records.map(({ id }) => id), store.known.deadLetters.size]).toEqual([ids, 0])
      expect((await drain(exchange)).at(-1)).toBe('succeeded')
      expect((await server.accepted()).map(({ id }) => id)).toEqual(ids)
    },
  )

  it.each([1, 5])('401 to %i is sent again with another token, where the app has one', async (size) => {
    const ids = await append(...Array.from({ length: size }, (_, n) => `n${n}`))
    server.instead = (_, { token }) => (token === 'new' ? undefined : answer(401, problem('token')))
    let asked = 0
    const exchange = exchangeOn(async () => (++asked === 1 ? 'old' : 'new'))
    expect(await drain(exchange)).toEqual(['again', 'succeeded'])
    expect([asked, (await server.accepted()).map(({ id }) => id)]).toEqual([2, ids])
  })

  it('413 to a batch halves it; a single commit that is too large becomes a dead letter', async () => {
    const ids = await append('small', 'LARGE', 'small too', 'small three')
    server.instead = (request) => (JSON.stringify(request.commits).includes('LARGE') ? answer(413, '') : undefined)
    expect((await drain()).at(-1)).toBe('succeeded')
    expect([...store.known.deadLetters.values()].map(({ id, code }) => [id, code])).toEqual([
      [ids[1], 'commit-too-large'],
    ])
    expect(await server.texts()).toEqual(['small', 'small too', 'small three'])
  })

  it('the wait that a server asks for is passed on', async () => {
    server.instead = () => answer(503, '', { 'retry-after': '17' })
    expect(await exchangeOn().run(0, never)).toMatchObject({ kind: 'failed', retryAfterMs: 17_000 })
  })

  it('no answer at all is offline, and so is one that does not come within 30 s', async () => {
    server.instead = () => Promise.reject(new TypeError('secret address'))
    const outcome = await exchangeOn().run(0, never)
    expect(outcome).toMatchObject({ kind: 'failed', as: 'offline', problem: { code: 'unreachable' } })
    expect(JSON.stringify(outcome)).not.toContain('secret')
    server.instead = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const silent = exchangeOn().run(0, never)
    await clock.advance(EXCHANGE_DEADLINE_MS - 1)
    await expect(Promise.race([silent, settled().then(() => 'waiting')])).resolves.toBe('waiting')
    await clock.advance(1)
    expect(await silent).toMatchObject({ kind: 'failed', as: 'offline' })
    expect(clock.waiting).toBe(0)
  })

  it('a server that breaks the protocol is asked again later', async () => {
    const ids = await append('a')
    server.instead = () => answer(200, emptyResponse({ cursor: { epoch: 'e', position: 7, mark: '' } }))
    expect(await exchangeOn().run(0, never)).toMatchObject({
      kind: 'failed',
      as: 'later',
      problem: { code: 'server-protocol' },
    })
    expect(store.known.pending.records.map(({ id }) => id)).toEqual(ids)
  })
})

describe('G5: one bad commit does not hold up the rest', () => {
  it.each([1, 2, 3, 64, 700])(
    'a server that refuses every batch with poison in it gets all %i others',
    async (count) => {
      const texts = Array.from({ length: count }, (_, n) => `n${n}`)
      const place = Math.floor(count / 3)
      await append(...texts.slice(0, place))
      const [poison] = await append('poison')
      await append(...texts.slice(place))
      server.instead = (request) =>
        JSON.stringify(request.commits).includes('poison') ? answer(422, problem('request-invalid')) : undefined
      expect((await drain()).at(-1)).toBe('succeeded')
      expect([...store.known.deadLetters.values()].map(({ id, code, retryable }) => [id, code, retryable])).toEqual([
        [poison, 'request-invalid', false],
      ])
      expect(await server.texts()).toEqual(texts)
      expect(store.known.pending.records).toEqual([])
    },
  )

  it('a server that refuses requests without any commit gets the blame, and nothing is given up', async () => {
    const ids = await append('a', 'b')
    server.instead = () => answer(422, problem('request-invalid'))
    expect(await drain()).toEqual(['again', 'failed'])
    expect(server.requests.map(({ commits }) => commits.length)).toEqual([2, 0])
    expect(store.known.pending.records.map(({ id }) => id)).toEqual(ids)
  })

  it('withdrawals that a server refuses do not cost a commit', async () => {
    const [refused = ''] = await append('refused')
    server.rules = [({ events }) => (mentions(events, 'refused') ? problem('rule') : undefined)]
    await drain()
    await discardDeadLetter(store, refused, '', NOON)
    const [good] = await append('good')
    server.instead = ({ withdraw }) => (withdraw.length > 0 ? answer(422, problem('request-invalid')) : undefined)
    const exchange = exchangeOn()
    for (let turn = 0; turn < 12; turn++) await exchange.run(0, never)
    expect(store.known.deadLetters.size).toBe(0)
    expect((await server.accepted()).map(({ id }) => id)).toEqual([good])
    server.instead = undefined
    await drain(exchange)
    await drain(exchange)
    expect(server.requests.some(({ withdraw }) => withdraw.includes(refused))).toBe(true)
    expect(await server.texts()).toEqual(['good'])
  })
})

describe('a round trip', () => {
  it('pushes and pulls in one, and takes own commits back without their bodies', async () => {
    const ids = await append('a', 'b')
    expect(await drain()).toEqual(['succeeded'])
    expect(store.known).toMatchObject({ head: 2, meta: { cursor: { position: 2, epoch: 'epoch-1' } } })
    expect((await server.accepted()).map(({ id }) => id)).toEqual(ids)
  })

  it('C43: is not made twice on the server when its answer is lost', async () => {
    await append('a')
    server.losesAnswers = true
    const exchange = exchangeOn()
    for (let turn = 0; turn < 5; turn++) expect((await exchange.run(0, never)).kind).toBe('failed')
    server.losesAnswers = false
    await drain(exchange)
    expect(await server.texts()).toEqual(['a'])
    expect(store.known.pending.records).toEqual([])
  })

  it('asks for bodies when it does not know an echo, and for echoes again afterwards', async () => {
    const exchange = exchangeOn()
    const [id = ''] = await append('a')
    server.instead = async (request) => {
      if (request.echo && request.commits.length > 0) {
        server.instead = undefined
        // Somebody else takes it out of the outbox meanwhile.
        const answered = await server
          .transport()
          .post({ path: 'exchange', body: JSON.stringify(request), token: undefined, signal: never })
        await store.transition(async (tx, cache) => {
          await tx.delete('pending', cache.pending.find(id)?.order ?? 0)
          await tx.put('meta', { ...cache.meta, generation: cache.meta.generation + 1 })
        })
        return answered
      }
      return undefined
    }
    // What it has made and does not know, a copy of it may have made: it takes another device id first.
    expect(await drain(exchange)).toEqual(['again', 'again', 'succeeded'])
    expect(store.known.head).toBe(1)
    await append('b')
    await drain(exchange)
    expect(server.requests.map(({ echo }) => echo)).toEqual([true, true, false, false, true])
  })

  it('is not begun by a tab that leads no more', async () => {
    await store.transition((tx, cache) => tx.put('meta', { ...cache.meta, term: 3 }))
    expect(await exchangeOn().run(2, never)).toEqual({ kind: 'deposed' })
    expect(server.requests).toEqual([])
  })
})
