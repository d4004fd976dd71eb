import { beforeEach, describe, expect, it } from 'vitest'
import type { EventStore } from '../../src/store/event-store.ts'
import { EXCHANGE_DEADLINE_MS, Exchange, type ExchangeOutcome } from '../../src/sync/exchange.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { noted } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { answer, SyncServer } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
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

function exchangeOn(auth?: () => Promise<string | undefined>, tokens = new TokenSource(auth)): Exchange {
  return new Exchange({
    ids: countingIds(0xf0f0),
    store,
    transport: server.transport(),
    tokens,
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

const problem = (code: string) => ({ code, message: 'A sentence' })

describe('the token', () => {
  const tokens = (...given: (string | undefined | Error)[]) => {
    const asked: number[] = []
    const auth = async (): Promise<string | undefined> => {
      const next = given[Math.min(asked.length, given.length - 1)]
      asked.push(clock.now())
      if (next instanceof Error) throw next
      return next
    }
    return { auth, asked }
  }
  const refuses = (...bad: string[]) => {
    server.instead = (_, { token }) => (bad.includes(token ?? '') ? answer(401, problem('token')) : undefined)
  }

  it('is asked for once, and again only when the server refuses it', async () => {
    const { auth, asked } = tokens('old', 'new')
    refuses('old')
    await append('a')
    const exchange = exchangeOn(auth)
    expect(await drain(exchange)).toEqual(['again', 'succeeded'])
    await append('b')
    await drain(exchange)
    expect([server.tokens, asked.length]).toEqual([['old', 'new', 'new'], 2])
  })

  it('that has come in place of the refused one meanwhile is not given up with it', async () => {
    const { auth, asked } = tokens('old', 'new')
    const source = new TokenSource(auth)
    server.instead = (_, { token }) => {
      if (token !== 'old') return undefined
      // As by the stream of what is new, which was refused first.
      source.expire('old')
      void source.get(never)
      return answer(401, problem('token'))
    }
    expect(await drain(exchangeOn(auth, source))).toEqual(['again', 'succeeded'])
    expect([server.tokens, asked.length]).toEqual([['old', 'new'], 2])
  })

  it.each([
    ['is refused again', () => tokens('old', 'old')],
    ['the app says it has not', () => tokens(undefined)],
    ['the app says it has no more', () => tokens('old', undefined)],
  ])('that %s pauses sync, with the outbox as it was', async (_, given) => {
    const { auth, asked } = given()
    refuses('old')
    const ids = await append('a')
    const exchange = exchangeOn(auth)
    expect((await drain(exchange)).at(-1)).toBe('pause')
    expect(asked.length).toBeLessThanOrEqual(3)
    expect(store.known.pending.records.map(({ id }) => id)).toEqual(ids)
  })

  it.each([
    ['cannot be had', () => tokens(new TypeError('Failed to fetch secret'))],
    ['cannot be had in place of a refused one', () => tokens('old', new TypeError('Failed to fetch secret'))],
  ])('that %s, as without a network, is tried again later, and pauses nothing', async (_, given) => {
    const { auth, asked } = given()
    refuses('old')
    const ids = await append('a')
    const exchange = exchangeOn(auth)
    const kinds = await drain(exchange)
    expect([kinds.at(-1), store.known.pending.records.map(({ id }) => id)]).toEqual(['failed', ids])
    const before = asked.length
    const outcome = await exchange.run(0, never)
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', as: 'offline' },
      problem: { code: 'token-unavailable', message: 'auth() could not say now (TypeError)' },
    })
    expect(asked.length).toBe(before + 1)
  })

  it('that never comes is a failure after its deadline, and is asked for anew', async () => {
    let asked = 0
    const exchange = exchangeOn(() => (++asked < 3 ? new Promise(() => undefined) : Promise.resolve('token')))
    for (let time = 0; time < 2; time++) {
      const outcome = exchange.run(0, never)
      await clock.advance(EXCHANGE_DEADLINE_MS)
      expect(await outcome).toMatchObject({ kind: 'failed', as: 'offline', problem: { code: 'token-unavailable' } })
    }
    expect([server.requests.length, clock.waiting]).toEqual([0, 0])
    expect(await exchange.run(0, never)).toMatchObject({ kind: 'succeeded' })
  })

  it('is not asked for where the server needs none', async () => {
    await drain()
    expect(server.tokens).toEqual([undefined])
    server.instead = () => answer(401, '')
    expect(await exchangeOn().run(0, never)).toMatchObject({ kind: 'pause', reason: 'auth-required' })
  })
})
