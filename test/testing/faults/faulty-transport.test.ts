import { describe, expect, it } from 'vitest'
import type { Transport, TransportRequest } from '../../../src/platform/ports.ts'
import { faultyTransport, type TransportFault } from '../../../src/testing/faults/faulty-transport.ts'
import { createTestLarder } from '../../../src/testing/test-larder.ts'
import { TestServer } from '../../../src/testing/test-server.ts'
import { ManualClock } from '../../../src/testing/time/manual-clock.ts'
import { journal, noted, notes } from '../../support/notes.ts'

function setUp(script: readonly (TransportFault | undefined)[]) {
  const clock = new ManualClock()
  const arrived: string[] = []
  const inner: Transport = {
    post: async ({ body }) => {
      arrived.push(body)
      return { status: 200, headers: {}, body: `answer to ${body}`, redirected: false }
    },
    listen: async () => undefined,
  }
  const transport = faultyTransport(inner, { clock, script: (n) => script[n - 1], maxDelayMs: 1000 })
  const post = (body: string, signal: TransportRequest['signal'] = new AbortController().signal) =>
    transport.post({ path: 'exchange', body, token: undefined, signal }).then(
      (answer) => `${answer.status} ${answer.body}`,
      (error: unknown) => String(error),
    )
  return { clock, arrived, transport, post }
}

describe('a faulty transport', () => {
  it('passes on what no fault strikes', async () => {
    const { post, arrived, transport } = setUp([])
    expect([await post('a'), arrived, transport.struck, transport.requests]).toEqual(['200 answer to a', ['a'], [], 1])
  })

  it('loses requests and answers', async () => {
    const { post, arrived } = setUp(['lose-request', 'lose-response'])
    expect([await post('a'), arrived]).toEqual(['TypeError: The connection failed', []])
    expect([await post('b'), arrived]).toEqual(['TypeError: The connection failed', ['b']])
  })

  it('sends twice, late, and out of order', async () => {
    const { post, arrived, clock } = setUp(['duplicate', 'delay', 'reorder', undefined, 'reorder'])
    expect([await post('a'), arrived]).toEqual(['200 answer to a', ['a', 'a']])
    const late = post('late')
    await clock.advance(0)
    expect(arrived).toEqual(['a', 'a'])
    await clock.advance(1000)
    expect(await late).toBe('200 answer to late')
    const first = post('first')
    await post('second')
    await first
    expect(arrived.slice(3)).toEqual(['second', 'first'])
    const alone = post('alone')
    await clock.advance(1000)
    expect(await alone).toBe('200 answer to alone')
  })

  it('answers in place of the server, and cuts answers off', async () => {
    const { post, arrived } = setUp(['captive-portal', { status: 503 }, 'truncate'])
    expect([await post('a'), await post('b'), arrived]).toEqual(['200 <h1>Sign in</h1>', '503 Bad gateway', []])
    expect('200 answer to c'.startsWith(await post('c'))).toBe(true)
    expect(arrived).toEqual(['c'])
  })

  it('hangs until the caller gives up', async () => {
    const { post } = setUp(['hang'])
    const patience = new AbortController()
    const answer = post('a', patience.signal)
    patience.abort(new Error('no patience'))
    expect(await answer).toBe('Error: no patience')
  })

  it('strikes the same in every run with the same seed', async () => {
    const run = async (seed: number) => {
      const clock = new ManualClock()
      const transport = faultyTransport(new TestServer(notes).transport(), {
        clock,
        seed,
        chance: { 'lose-request': 0.3, truncate: 0.3, 'server-error': 0.3 },
      })
      for (let n = 0; n < 40; n++) {
        const signal = new AbortController().signal
        await transport.post({ path: 'exchange', body: '{}', token: undefined, signal }).catch(() => undefined)
      }
      return transport.struck
    }
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
    expect(new Set((await run(1)).map(({ fault }) => typeof fault))).toEqual(new Set(['string', 'object']))
  })

  it('ends in the same log, however bad the way: nothing lost, nothing twice', async () => {
    const server = new TestServer(notes)
    const clock = new ManualClock()
    const likely = 0.15
    const transport = faultyTransport(server.transport(), {
      ...{ clock, losesPokes: 0.5, breaksStreams: 0.2, maxDelayMs: 5000 },
      chance: {
        'lose-request': likely,
        'lose-response': likely,
        duplicate: likely,
        delay: likely,
        truncate: likely,
        'captive-portal': likely,
        hang: 0.05,
        'server-error': likely,
      },
    })
    const test = await createTestLarder(notes, { clock, sync: { transport } })
    const texts = Array.from({ length: 30 }, (_, n) => `note ${n}`)
    for (const text of texts) {
      await test.larder.append(noted(text))
      await clock.advance(2000)
    }
    await clock.advance(3_600_000)
    expect(
      (await server.accepted()).flatMap(({ data }) => data.map((each) => (each as { text: string }).text)),
    ).toEqual(texts)
    expect(await test.larder.get(journal, { layer: 'confirmed' })).toEqual(texts)
    expect(new Set(transport.struck.map(({ fault }) => (typeof fault === 'string' ? fault : 'status'))).size).toBe(8)
    await test.close()
  })
})
