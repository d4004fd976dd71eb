import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import type { Transport } from '../../src/platform/ports.ts'
import { LIVE_SILENCE_MS, listenLive } from '../../src/sync/live.ts'
import { TokenSource } from '../../src/sync/token-source.ts'
import { settled, VirtualClock } from '../support/virtual-clock.ts'
import { seededRandom } from '../support/virtual-platform.ts'

interface Stream {
  readonly path: string
  readonly token: string | undefined
  readonly signal: AbortSignal
  readonly say: (data: string | undefined) => void
  readonly end: (error?: Error) => void
}

function listening() {
  const clock = new VirtualClock()
  const streams: Stream[] = []
  let position = 3
  let pokes = 0
  let heard = 0
  let asked = 0
  const transport: Transport = {
    post: () => Promise.reject(new Error('not asked for')),
    listen: ({ path, token, signal }, say) =>
      new Promise((resolve, reject) => {
        streams.push({ path, token, signal, say, end: (error) => (error === undefined ? resolve() : reject(error)) })
        signal.addEventListener('abort', () => resolve())
      }),
  }
  const stop = new AbortController()
  const ended = listenLive(
    {
      transport,
      tokens: new TokenSource(async () => (++asked === 1 ? 'token' : `token ${asked}`)),
      clock,
      random: seededRandom(1),
      position: () => position,
      onPoke: () => pokes++,
      onHeard: () => heard++,
    },
    stop.signal,
  )
  const last = (): Stream => {
    const stream = streams.at(-1)
    if (stream === undefined) throw new Error('nobody listens')
    return stream
  }
  return {
    clock,
    streams,
    stop,
    ended,
    last,
    heard: () => heard,
    pokes: () => pokes,
    move: (to: number) => (position = to),
  }
}

const head = (n: number): string => JSON.stringify({ epoch: 'e', head: n })

describe('listening for pokes', () => {
  it('says where it is and who asks, and pokes only when there is more', async () => {
    const { last, pokes, move } = listening()
    await settled()
    expect(last()).toMatchObject({ path: 'live?cursor=3', token: 'token' })
    for (const data of [head(2), head(3), undefined, 'not JSON', '{}', 'null', '{"head":"9"}']) last().say(data)
    expect(pokes()).toBe(0)
    last().say(head(4))
    expect(pokes()).toBe(1)
    move(4)
    last().say(head(4))
    expect(pokes()).toBe(1)
  })

  it('connects again with backoff when the stream ends, breaks or cannot be opened', async () => {
    const { clock, last, streams } = listening()
    await settled()
    for (const error of [undefined, new Error('reset'), new Error('refused')]) {
      const before = streams.length
      last().end(error)
      await settled()
      expect(streams.length).toBe(before)
      await clock.advance(300_000)
      expect(streams.length).toBeGreaterThan(before)
    }
  })

  it('says once for each stream that the server was heard', async () => {
    const { clock, last, heard } = listening()
    await settled()
    expect(heard()).toBe(0)
    for (const data of [undefined, head(4), undefined]) last().say(data)
    expect(heard()).toBe(1)
    last().end(new Error('reset'))
    await clock.advance(300_000)
    expect(heard()).toBe(1)
    last().say(undefined)
    expect(heard()).toBe(2)
  })

  it('asks for another token when the server refuses the one it has, and only then', async () => {
    const { clock, last } = listening()
    await settled()
    last().end(Object.assign(new Error('refused'), { status: 503 }))
    await clock.advance(300_000)
    expect(last().token).toBe('token')
    last().end(Object.assign(new Error('refused'), { status: 401 }))
    await clock.advance(300_000)
    expect(last().token).toBe('token 2')
  })

  it('gives up a stream that is silent for 45 s, and not one with a heartbeat', async () => {
    const { clock, last, streams } = listening()
    await settled()
    for (let beat = 0; beat < 5; beat++) {
      await clock.advance(LIVE_SILENCE_MS - 1)
      last().say(undefined)
    }
    expect([streams.length, last().signal.aborted]).toEqual([1, false])
    await clock.advance(LIVE_SILENCE_MS)
    expect(streams[0]?.signal.aborted).toBe(true)
    await clock.advance(2000)
    expect(streams.length).toBe(2)
  })

  it('ends when told to, and leaves neither timers nor listeners behind, however often it connected', async () => {
    const { clock, last, stop, ended, streams } = listening()
    await settled()
    for (let time = 0; time < 30; time++) {
      last().say(undefined)
      last().end()
      await clock.advance(3000)
    }
    expect(streams.length).toBe(31)
    expect(getEventListeners(stop.signal, 'abort').length).toBeLessThan(5)
    stop.abort()
    await ended
    expect(clock.waiting).toBe(0)
  })
})
