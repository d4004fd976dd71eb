import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFetchTransport } from '../../src/platform/fetch-transport.ts'
import type { Transport } from '../../src/platform/ports.ts'
import { bodyOf, LoopbackServer } from './loopback-server.ts'

let server: LoopbackServer
let transport: Transport
beforeAll(async () => {
  server = await LoopbackServer.listen()
})
beforeEach(() => {
  transport = createFetchTransport(`${server.url}/sync/`)
})
afterAll(() => server.close())

const never = new AbortController().signal
const post = (body = '{}', signal = never) => transport.post({ path: 'exchange', body, token: 'secret', signal })

describe('post', () => {
  it('sends JSON to the path below the URL, with the token in a header and not in the URL', async () => {
    const seen: Record<string, unknown>[] = []
    server.handler = async (request, response) => {
      const { method, url, headers } = request
      seen.push({
        method,
        url,
        type: headers['content-type'],
        auth: headers.authorization,
        encoding: headers['content-encoding'],
      })
      response.end((await bodyOf(request)).toString())
    }
    const answer = await post('{"a":"é"}')
    const expected = {
      method: 'POST',
      url: '/sync/exchange',
      type: 'application/json',
      auth: 'Bearer secret',
      encoding: undefined,
    }
    expect(seen).toEqual([expected])
    expect([answer.status, answer.body, answer.redirected]).toEqual([200, '{"a":"é"}', false])
  })

  it('sends no authorization header where there is no token', async () => {
    server.handler = (request, response) => response.end(String(request.headers.authorization))
    expect((await transport.post({ path: 'exchange', body: '', token: undefined, signal: never })).body).toBe(
      'undefined',
    )
  })

  it('compresses a large body, and says so', async () => {
    const body = JSON.stringify(Array.from({ length: 1000 }, (_, index) => ({ food: 'épinards', index })))
    const sizes: number[] = []
    server.handler = async (request, response) => {
      const sent = await bodyOf(request)
      sizes.push(sent.length)
      response.end(`${request.headers['content-encoding']} ${gunzipSync(sent).toString() === body}`)
    }
    expect((await post(body)).body).toBe('gzip true')
    expect(sizes[0]).toBeLessThan(body.length / 5)
  })

  it('sends a large body as it is where the browser cannot compress', async () => {
    vi.stubGlobal('CompressionStream', undefined)
    try {
      const body = 'x'.repeat(20_000)
      server.handler = async (request, response) => {
        const sent = await bodyOf(request)
        response.end(`${request.headers['content-encoding']} ${sent.toString() === body}`)
      }
      expect((await post(body)).body).toBe('undefined true')
    } finally {
      vi.unstubAllGlobals()
    }
  })

  for (const status of [200, 204, 400, 401, 409, 413, 426, 429, 500, 503, 511]) {
    it(`resolves with status ${status}, whatever it means, and with the headers by lower-case name`, async () => {
      server.handler = (_, response) => response.writeHead(status, { 'Retry-After': '7' }).end()
      const answer = await post()
      expect([answer.status, answer.headers['retry-after'], answer.redirected]).toEqual([status, '7', false])
    })
  }

  it('does not follow a redirect, and says that there was one', async () => {
    const paths: (string | undefined)[] = []
    server.handler = (request, response) => {
      paths.push(request.url)
      response.writeHead(302, { location: `${server.url}/login` }).end()
    }
    expect((await post()).redirected).toBe(true)
    expect(paths).toEqual(['/sync/exchange'])
  })

  it('rejects when nobody listens', async () => {
    const gone = await LoopbackServer.listen()
    const { url } = gone
    await gone.close()
    const request = { path: 'exchange', body: '', token: undefined, signal: never }
    await expect(createFetchTransport(url).post(request)).rejects.toThrow()
  })

  it('rejects when the connection breaks before the answer', async () => {
    server.handler = (request) => request.socket.destroy()
    await expect(post()).rejects.toThrow()
  })

  it('rejects when the connection breaks in the middle of the answer', async () => {
    server.handler = (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"half":', () => response.destroy())
    }
    await expect(post()).rejects.toThrow()
  })

  it('rejects with the reason when it is aborted while the server says nothing, and lets the socket go', async () => {
    const controller = new AbortController()
    const arrived = new Promise<IncomingMessage>((resolve) => {
      server.handler = (request) => resolve(request)
    })
    const answer = post('{}', controller.signal)
    const request = await arrived
    const closed = once(request.socket, 'close')
    controller.abort(new Error('took too long'))
    await expect(answer).rejects.toThrow('took too long')
    await closed
  })

  it('rejects when it is aborted in the middle of the answer', async () => {
    const controller = new AbortController()
    server.handler = (_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"half":', () => controller.abort(new Error('took too long')))
    }
    await expect(post('{}', controller.signal)).rejects.toThrow()
  })
})

describe('listen', () => {
  const eventStream = (response: ServerResponse): ServerResponse =>
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })

  it('asks for an event stream with the token in a header, and tells data and heartbeats until the stream ends', async () => {
    const seen: unknown[] = []
    server.handler = (request, response) => {
      seen.push(request.method, request.url, request.headers.accept, request.headers.authorization)
      eventStream(response).end('event: head\ndata: {"head":1}\n\n: alive\n\ndata: é\n\n')
    }
    const told: (string | undefined)[] = []
    await transport.listen({ path: 'live?cursor=5', token: 'secret', signal: never }, (data) => told.push(data))
    expect(seen).toEqual(['GET', '/sync/live?cursor=5', 'text/event-stream', 'Bearer secret'])
    expect(told).toEqual(['{"head":1}', undefined, 'é'])
  })

  it('puts together what arrives in pieces, cut even within a character', async () => {
    const bytes = Buffer.from('data: grüße 👋\r\n\r\ndata: zwei\r\n\r\n')
    server.handler = async (_, response) => {
      eventStream(response)
      for (const byte of bytes) await new Promise<void>((resolve) => response.write(Buffer.of(byte), () => resolve()))
      response.end()
    }
    const told: (string | undefined)[] = []
    await transport.listen({ path: 'live', token: undefined, signal: never }, (data) => told.push(data))
    expect(told).toEqual(['grüße 👋', 'zwei'])
  })

  it('tells an event as soon as it is there, not when the stream ends', async () => {
    const controller = new AbortController()
    server.handler = (_, response) => eventStream(response).write('data: now\n\n')
    const told: (string | undefined)[] = []
    await transport.listen({ path: 'live', token: undefined, signal: controller.signal }, (data) => {
      told.push(data)
      controller.abort()
    })
    expect(told).toEqual(['now'])
  })

  it('ends when it is aborted, before the answer too, and lets the socket go', async () => {
    const controller = new AbortController()
    const arrived = new Promise<IncomingMessage>((resolve) => {
      server.handler = (request) => resolve(request)
    })
    const listening = transport.listen({ path: 'live', token: undefined, signal: controller.signal }, () => {})
    const request = await arrived
    const closed = once(request.socket, 'close')
    controller.abort()
    await listening
    await closed
  })

  it('rejects when the stream breaks', async () => {
    server.handler = (_, response) => {
      eventStream(response).write('data: one\n\n', () => response.destroy())
    }
    const told: (string | undefined)[] = []
    const listening = transport.listen({ path: 'live', token: undefined, signal: never }, (data) => told.push(data))
    await expect(listening).rejects.toThrow()
    expect(told).toEqual(['one'])
  })

  it('says with which status the server refuses', async () => {
    server.handler = (_, response) => response.writeHead(401).end()
    await expect(transport.listen({ path: 'live', token: 'old', signal: never }, () => {})).rejects.toMatchObject({
      status: 401,
    })
  })

  const refusals: Record<string, (response: ServerResponse) => unknown> = {
    'the server refuses': (response) => response.writeHead(401).end(),
    'something else answers with a page': (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    'it is sent elsewhere': (response) => response.writeHead(302, { location: '/' }).end(),
  }
  for (const [what, answer] of Object.entries(refusals)) {
    it(`rejects when ${what}`, async () => {
      server.handler = (_, response) => answer(response)
      await expect(transport.listen({ path: 'live', token: undefined, signal: never }, () => {})).rejects.toThrow()
    })
  }
})
