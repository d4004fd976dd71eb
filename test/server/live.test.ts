import { describe, expect, it } from 'vitest'
import { livePoke } from '../../src/sync/wire.ts'
import { settled } from '../support/virtual-clock.ts'
import { type HttpServer, httpServer, ORIGIN } from './support/http-server.ts'
import { NoteWritten } from './support/notes.ts'
import { wireCommit, wireEvent } from './support/requests.ts'

interface Listening {
  /** The next chunk; undefined at the end. */
  next(): Promise<string | undefined>
  leave(): Promise<void>
}

async function listen(server: HttpServer, account = 'ann', signal?: AbortSignal): Promise<Listening> {
  const headers = { authorization: `Bearer dev:${account}` }
  const response = await server.fetch(
    new Request(`${ORIGIN}/sync/live?cursor=0`, { headers, ...(signal === undefined ? {} : { signal }) }),
  )
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const reader = response.body?.getReader()
  if (reader === undefined) throw new Error('no body')
  return {
    next: async () => {
      const { done, value } = await reader.read()
      return done ? undefined : new TextDecoder().decode(value)
    },
    leave: () => reader.cancel(),
  }
}

function headOf(chunk: string | undefined): number | undefined {
  const data = /^event: head\ndata: (.*)\n\n$/.exec(chunk ?? '')?.[1]
  return data === undefined ? undefined : livePoke.parse(JSON.parse(data)).head
}

describe('GET /live', () => {
  it('says at once where the log is, and then whenever it has moved', async () => {
    const server = httpServer()
    const live = await listen(server)
    expect(headOf(await live.next())).toBe(0)
    await server.exchange({ commits: [wireCommit(1, { events: [wireEvent(1), wireEvent(2)] })] })
    expect(headOf(await live.next())).toBe(2)
    await server.append('ann', NoteWritten({ text: 'from the backend' }))
    expect(headOf(await live.next())).toBe(3)
    await live.leave()
  })

  it('says nothing when nothing was accepted, and nothing about other accounts', async () => {
    const server = httpServer()
    const live = await listen(server)
    await live.next()
    await server.exchange({ commits: [wireCommit(1)] }, 'bob')
    await server.exchange({})
    await server.exchange({ commits: [wireCommit(1, { events: [wireEvent(1, { data: {} })] })] })
    await server.exchange({ commits: [wireCommit(2)] })
    expect(headOf(await live.next())).toBe(1)
    await live.leave()
  })

  it('sends a comment every 15 s', async () => {
    const server = httpServer()
    const live = await listen(server)
    await live.next()
    for (let beat = 0; beat < 3; beat++) {
      const chunk = live.next()
      await server.clock.advance(15_000)
      expect(await chunk).toBe(': still here\n\n')
    }
    await live.leave()
  })

  it('keeps only the newest poke for a device that does not read', async () => {
    const server = httpServer()
    const live = await listen(server)
    for (let n = 1; n <= 100; n++) await server.exchange({ commits: [wireCommit(n)] })
    expect(headOf(await live.next())).toBe(0)
    expect(headOf(await live.next())).toBe(100)
    await live.leave()
  })

  it('ends when the handler is closed, when the device leaves, and after half an hour; no timer is left', async () => {
    const server = httpServer()
    const leaving = await listen(server)
    const aborted = new AbortController()
    const aborting = await listen(server, 'ann', aborted.signal)
    const old = await listen(server)
    for (const live of [leaving, aborting, old]) await live.next()
    await leaving.leave()
    aborted.abort()
    await aborting.next().catch(() => undefined)
    await server.clock.advance(30 * 60_000)
    let chunk = await old.next()
    while (chunk !== undefined) chunk = await old.next()
    expect(server.clock.waiting).toBe(0)

    const closing = await listen(server)
    await closing.next()
    await server.close()
    expect(await closing.next()).toBeUndefined()
    await settled()
    expect(server.clock.waiting).toBe(0)
  })

  it('C53: leaves nothing behind after 100 devices that came and went', async () => {
    const server = httpServer({ maxLiveStreams: 1 })
    for (let n = 0; n < 100; n++) {
      const live = await listen(server)
      await live.next()
      await live.leave()
    }
    expect(server.clock.waiting).toBe(0)
  })

  it('answers 429 above the limit of one account', async () => {
    const server = httpServer({ maxLiveStreams: 1 })
    const live = await listen(server)
    const headers = { authorization: 'Bearer dev:ann' }
    const second = await server.fetch(new Request(`${ORIGIN}/sync/live`, { headers }))
    expect(second.status).toBe(429)
    const other = await listen(server, 'bob')
    await Promise.all([live.leave(), other.leave()])
  })
})
