import { getEventListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import { createFetchTransport } from '../../src/platform/fetch-transport.ts'
import type { Transport } from '../../src/platform/ports.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import { EXCHANGE_DEADLINE_MS, Exchange } from '../../src/sync/exchange.ts'
import { LIVE_SILENCE_MS, listenLive } from '../../src/sync/live.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { watch } from '../support/device.ts'
import { noted, notes } from '../support/notes.ts'
import { openStore } from '../support/open-store.ts'
import { prepared } from '../support/prepared.ts'
import { RealServer, until } from '../support/real-server.ts'
import { emptyResponse } from '../support/sync-server.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { countingIds, seededRandom, VirtualMachine } from '../support/virtual-platform.ts'

let server: RealServer
let store: EventStore
let clock: VirtualClock
const never = new AbortController().signal

beforeEach(async () => {
  clock = new VirtualClock()
  server = await RealServer.listen()
  store = await openStore({ authority: 'server' })
})
afterEach(async () => {
  await store.close()
  await server.close()
})

function exchangeThrough(transport: Transport = createFetchTransport(server.url)): Exchange {
  return new Exchange({
    ...{ store, transport, clock, random: seededRandom(1), domain: 'notes 1', maxAttempts: 3 },
    ...{ tokens: new TokenSource(undefined), ids: countingIds(0xf0f0) },
  })
}

async function append(count: number): Promise<string[]> {
  const commits = Array.from({ length: count }, (_, n) => prepared(noted(`n${n}`)))
  await Promise.all(commits.map((commit) => store.append(commit)))
  return commits.map(({ id }) => id)
}

/** Node's `fetch` holds one open for the next request. */
const KEPT_SOCKETS = 1

const outbox = (): string[] => store.known.pending.records.map(({ id }) => id)

describe('C43: a server that has committed, and whose answer is lost', () => {
  it('has each commit once, at the same place, and the outbox is empty after the retry', async () => {
    const ids = await append(5)
    const exchange = exchangeThrough()
    server.onAnswer = () => false
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await exchange.run(0, never)).toMatchObject({ kind: 'failed', as: 'offline' })
      expect(outbox()).toEqual(ids)
    }
    const before = await server.commits()
    expect(before).toEqual(ids.map((id, n) => [id, n + 1]))
    server.onAnswer = undefined
    expect(await exchange.run(0, never)).toMatchObject({
      kind: 'succeeded',
      changes: ids.map((commit, n) => ({ commit, to: 'confirmed', position: n + 1 })),
    })
    expect([await server.commits(), outbox(), store.known.head]).toEqual([before, [], 5])
  })
})

describe('C44: the same request', () => {
  it('ten times in parallel, and 400 days later, makes one copy and gets equal answers', async () => {
    const ids = await append(20)
    const plain = createFetchTransport(server.url)
    const bodies: string[] = []
    const noting: Transport = {
      listen: plain.listen,
      post: async (request) => {
        bodies.push(request.body)
        throw new TypeError('The connection failed')
      },
    }
    await exchangeThrough(noting).run(0, never)
    const [body = ''] = bodies
    const { signal } = new AbortController()
    const send = async () => {
      const { status, body: text } = await plain.post({ path: 'exchange', body, token: undefined, signal })
      const { verdicts } = JSON.parse(text)
      return [status, verdicts.map(({ id, position }: { id: string; position: number }) => [id, position])]
    }
    const answers = await Promise.all(Array.from({ length: 10 }, send))
    await server.clock.advance(400 * 86_400_000)
    answers.push(await send())
    expect(answers).toEqual(Array(11).fill([200, ids.map((id, n) => [id, n + 1])]))
    expect(await server.commits()).toEqual(ids.map((id, n) => [id, n + 1]))
  })
})

describe('C50: a network that answers in the place of the server', () => {
  const portals: [string, number, string, string][] = [
    ['a page for signing in', 200, 'text/html', '<html>Welcome to Hotel Wi-Fi</html>'],
    ['JSON of another shape', 200, 'application/json', '{"status":"ok","verdicts":true}'],
    ['511', 511, 'text/html', '<html>Sign in</html>'],
    ['a redirect to its own page', 302, 'text/html', ''],
  ]
  it.each(portals)(
    'with %s is taken for no network: nothing is acknowledged, nothing refused',
    async (_, status, type, body) => {
      const answer = (_request: IncomingMessage, response: ServerResponse) =>
        response.writeHead(status, { 'content-type': type, location: '/portal' }).end(body)
      server.instead = answer
      const larder = await openLarderInline(notes, {
        ...{ name: 'portal', platform: new VirtualMachine(1, clock).openTab() },
        sync: { url: server.url },
      })
      const status$ = watch(larder.sync.status$)
      const { commitId } = await larder.append(noted('x'))
      await clock.advance(100)
      const known = async (): Promise<string | undefined> => {
        await clock.advance(16)
        return status$.last()?.problem?.code
      }
      await until(async () => (await known()) === 'not-our-server')
      expect(status$.last()).toMatchObject({ state: 'offline', pending: 1, needsAttention: 0 })
      expect(await larder.deadLetters.list()).toEqual([])
      server.instead = undefined
      const sent = larder.sync.now()
      await sent
      expect((await server.commits()).map(([id]) => id)).toEqual([commitId])
      await larder.close()
    },
  )
})

describe('C53: a connection that does not get on', () => {
  const silence: Answer = () => undefined
  const trickle: Answer = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = (): void => {
      if (response.destroyed) return
      response.write(' ')
      clock.after(10_000, more)
    }
    more()
  }
  const reset: Answer = (request, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('{"protocol":1,', () => request.socket.resetAndDestroy())
  }
  type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

  /** Exchanges once with a server that answers like this; answers how it went. */
  async function exchangeWith(answer: Answer, exchange = exchangeThrough()) {
    let arrived: IncomingMessage | undefined
    server.instead = (request, response) => {
      arrived = request
      answer(request, response)
    }
    let outcome: unknown
    const run = exchange.run(0, never).then((result) => {
      outcome = result
    })
    await until(() => arrived !== undefined)
    if (answer !== reset) {
      await clock.advance(EXCHANGE_DEADLINE_MS - 1)
      expect(outcome).toBeUndefined()
      await clock.advance(1)
    }
    await run
    return outcome
  }

  it.each<[string, Answer]>([
    ['is silent after the request', silence],
    ['brings one byte in ten seconds', trickle],
    ['is reset in the middle of the answer', reset],
  ])('since it %s, is given up at the deadline and tried again', async (_, answer) => {
    const ids = await append(2)
    const exchange = exchangeThrough()
    expect(await exchangeWith(answer, exchange)).toMatchObject({
      ...{ kind: 'failed', as: 'offline' },
      problem: { code: 'unreachable' },
    })
    expect(outbox()).toEqual(ids)
    server.instead = undefined
    expect(await exchange.run(0, never)).toMatchObject({ kind: 'succeeded' })
    expect((await server.commits()).map(([id]) => id)).toEqual(ids)
  })

  it('leaves no socket, no timer and no listener behind, a hundred times', async () => {
    await append(1)
    const exchange = exchangeThrough()
    for (let n = 0; n < 100; n++) await exchangeWith([silence, trickle, reset][n % 3] ?? silence, exchange)
    await until(async () => (await server.connections()) <= KEPT_SOCKETS)
    // The server's own bytes, of streams that are gone.
    await clock.advance(10_000)
    expect([clock.waiting, getEventListeners(never, 'abort').length]).toEqual([0, 0])
  })

  it('is noticed on the live stream after 45 s, and opened again, a hundred times without a trace', async () => {
    let opened = 0
    server.instead = (_, response) => {
      opened++
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    }
    const stop = new AbortController()
    const ended = listenLive(
      {
        ...{ transport: createFetchTransport(server.url), tokens: new TokenSource(undefined), clock },
        ...{ random: { next: () => 0 }, position: () => 0, onPoke: () => undefined, onHeard: () => undefined },
      },
      stop.signal,
    )
    for (let n = 1; n <= 100; n++) {
      await until(() => opened === n)
      await clock.advance(LIVE_SILENCE_MS - 1)
      expect(opened).toBe(n)
      await clock.advance(1)
    }
    await until(() => opened === 101)
    stop.abort()
    await ended
    await until(async () => (await server.connections()) <= KEPT_SOCKETS)
    expect([clock.waiting, getEventListeners(stop.signal, 'abort').length]).toEqual([0, 0])
  })
})

describe('C63: an app and a server of different protocols', () => {
  const speaking = (protocol: number): Transport => {
    const plain = createFetchTransport(server.url)
    return {
      listen: plain.listen,
      post: (request) => plain.post({ ...request, body: JSON.stringify({ ...JSON.parse(request.body), protocol }) }),
    }
  }

  it.each([0, 2, 7])(
    'part with update-required, and keep all that was not sent: the app speaks %i',
    async (protocol) => {
      const ids = await append(3)
      expect(await exchangeThrough(speaking(protocol)).run(0, never)).toMatchObject({
        ...{ kind: 'pause', reason: 'update-required' },
        problem: { code: 'protocol-version' },
      })
      expect([outbox(), await server.commits(), store.known.deadLetters.size]).toEqual([ids, [], 0])
      // After the update of either.
      expect(await exchangeThrough().run(0, never)).toMatchObject({ kind: 'succeeded' })
      expect((await server.commits()).map(([id]) => id)).toEqual(ids)
    },
  )

  it('do not take an answer of another protocol for one of theirs', async () => {
    const ids = await append(1)
    const newer = {
      ...emptyResponse({ verdicts: [{ id: ids[0] ?? '', status: 'accepted', position: 1 }] }),
      protocol: 2,
    }
    server.instead = (_, response) => response.end(JSON.stringify(newer))
    expect(await exchangeThrough().run(0, never)).toMatchObject({ kind: 'failed', as: 'offline' })
    expect(outbox()).toEqual(ids)
  })
})
