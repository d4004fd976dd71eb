import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '../../demo/serve/app.ts'
import { listen } from '../../demo/serve/listen.ts'
import { readOptions } from '../../demo/serve/options.ts'
import { createFetchTransport } from '../../src/platform/fetch-transport.ts'
import { exchangeResponse, livePoke } from '../../src/sync/wire.ts'
import { type HttpServer, httpServer } from './support/http-server.ts'
import { request, wireCommit, wireEvent } from './support/requests.ts'

let root = ''
let server: Server
let sync: HttpServer
let origin = ''

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'larder-app-'))
  mkdirSync(join(root, 'assets'))
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>app</title>')
  writeFileSync(join(root, 'sw.js'), '// worker')
  writeFileSync(join(root, 'manifest.webmanifest'), '{}')
  writeFileSync(join(root, 'assets', 'index-3f2a.js'), `export const x = '${'x'.repeat(5000)}'`)
  sync = httpServer()
  server = createServer(getRequestListener(createApp({ sync, root, loopback: true }).fetch))
  origin = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`
})
afterAll(async () => {
  await sync.close()
  server.closeAllConnections()
  server.close()
  rmSync(root, { recursive: true })
})

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${origin}${path}`, { headers })

describe('The pages', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/sw.js', 'text/javascript; charset=utf-8', 'no-cache'],
    ['/manifest.webmanifest', 'application/manifest+json', 'no-cache'],
    ['/assets/index-3f2a.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/goals', 'text/html; charset=utf-8', 'no-cache'],
    ['/?device=tablet', 'text/html; charset=utf-8', 'no-cache'],
  ])('%s is served as %s with %s', async (path, type, cache) => {
    const response = await get(path)
    expect(response.status).toBe(200)
    expect([response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([type, cache])
    expect(await response.text()).not.toBe('')
  })

  it.each(['/assets/index-0000.js', '/nothing.png', '/..%2f..%2fsecret.txt', '/%2e%2e/secret.txt', '/__proto__.js'])(
    '%s is not found',
    async (path) => {
      const response = await get(path)
      expect(response.status).toBe(404)
      expect(response.headers.get('cache-control')).toBe('no-cache')
    },
  )

  it('are not sent again while they are the same', async () => {
    const tag = (await get('/')).headers.get('etag') ?? ''
    expect((await get('/', { 'if-none-match': tag })).status).toBe(304)
  })

  it('are compressed where that is worth it', async () => {
    const response = await get('/assets/index-3f2a.js', { 'accept-encoding': 'gzip' })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect((await response.text()).length).toBeGreaterThan(5000)
  })

  it('C88: run under a policy that allows nothing inline and nothing from elsewhere', async () => {
    const policy = (await get('/')).headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types default")
    expect(policy).not.toContain('unsafe')
    const worker = (await get('/sw.js')).headers.get('content-security-policy')
    expect(worker).toContain("script-src 'self'")
    expect(worker).not.toContain('trusted-types')
  })

  it('are for this machine only: another name that leads here gets nothing', async () => {
    const ask = async (host: string): Promise<string> => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1')
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      let text = ''
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      await once(socket, 'close')
      return text
    }
    expect(await ask('evil.example:4173')).toMatch(/^HTTP\/1\.1 421 /)
    expect(await ask('localhost.evil.example')).toMatch(/^HTTP\/1\.1 421 /)
    expect(await ask('localhost:4173')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await ask('[::1]:4173')).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('The sync server beside them', () => {
  const authorization = 'Bearer dev:ann'

  it('answers an exchange, with its own stricter headers', async () => {
    const body = JSON.stringify(request({ commits: [wireCommit(1)] }))
    const response = await fetch(`${origin}/sync/exchange`, { method: 'POST', headers: { authorization }, body })
    expect(exchangeResponse.parse(await response.json()).head).toBe(1)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
    expect((await fetch(`${origin}/sync/nothing`)).status).toBe(404)
    expect((await fetch(`${origin}/sync/exchange`, { method: 'POST', body })).status).toBe(401)
  })

  it('answers 413 to a body that is too large, also when it is still being sent', async () => {
    const response = await fetch(`${origin}/sync/exchange`, {
      method: 'POST',
      headers: { authorization },
      body: 'x'.repeat(3 * 1024 * 1024),
    })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'body-too-large' })
  })

  it('understands the transport of the client: gzip, tokens and pokes', async () => {
    const transport = createFetchTransport(`${origin}/sync`)
    const { signal } = new AbortController()
    const text = 'x'.repeat(20_000)
    const commits = [wireCommit(7, { events: [wireEvent(7, { data: { text } })] })]
    const post = (token: string | undefined) =>
      transport.post({ path: 'exchange', body: JSON.stringify(request({ commits })), token, signal })
    const answer = await post('dev:transport')
    expect([answer.status, answer.redirected]).toEqual([200, false])
    expect(exchangeResponse.parse(JSON.parse(answer.body))).toMatchObject({
      head: 1,
      verdicts: [{ status: 'accepted' }],
    })
    expect((await post(undefined)).status).toBe(401)

    const hangUp = new AbortController()
    const heard: unknown[] = []
    const listening = transport.listen(
      { path: 'live?cursor=0', token: 'dev:transport', signal: hangUp.signal },
      (data) => {
        heard.push(livePoke.parse(JSON.parse(data ?? '')).head)
        if (heard.length === 1) void sync.exchange({ commits: [wireCommit(8)] }, 'transport')
        else hangUp.abort()
      },
    )
    await listening.catch(() => undefined)
    expect(heard).toEqual([1, 2])
    await sync.clock.whenIdle()
  })

  it('streams pokes at once, and lets go of a device that hangs up', async () => {
    const hangUp = new AbortController()
    const response = await fetch(`${origin}/sync/live`, { headers: { authorization }, signal: hangUp.signal })
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('event: head')
    await sync.exchange({ commits: [wireCommit(2)] })
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"head":2')
    expect(sync.clock.waiting).toBeGreaterThan(0)
    hangUp.abort()
    await sync.clock.whenIdle()
    expect(sync.clock.waiting).toBe(0)
  })
})

describe('The options', () => {
  const none = { port: 4173, host: '127.0.0.1', dataFolder: '.larder', dev: false, devTokens: false }

  it.each([
    [[], {}, none],
    [
      ['--dev', '--dev-tokens'],
      { PORT: '8080', LARDER_DATA: '/data' },
      { ...none, port: 8080, dataFolder: '/data', dev: true, devTokens: true },
    ],
    [['--host', '192.168.1.2'], {}, { ...none, host: '192.168.1.2' }],
    [['--host'], {}, { ...none, host: '0.0.0.0' }],
    [['--host=::1'], { PORT: '0' }, { ...none, host: '::1', port: 0 }],
  ])('%j with %j are read', (args, env, expected) => {
    expect(readOptions(args, env)).toEqual(expected)
  })

  it.each([
    [['--dev-token'], {}],
    [[], { PORT: 'x' }],
    [[], { PORT: '70000' }],
  ])('%j with %j are refused', (args, env) => {
    expect(() => readOptions(args, env)).toThrow(Error)
  })

  it('take the next free port when one is taken', async () => {
    const [first, second] = [createServer(), createServer()]
    const port = await listen(first, 0, '127.0.0.1')
    expect(await listen(second, port, '127.0.0.1')).toBeGreaterThan(port)
    first.close()
    second.close()
  })
})
