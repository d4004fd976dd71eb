import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { createSyncHandler, developmentTokens, MemoryServerLog } from '@larder/sdk/server'
import { build, defaultClientConditions } from 'vite'
import { domain, Jotted } from './jots.ts'

export interface JotsServer {
  readonly origin: string
  /** The texts that it has accepted, in order. */
  texts(): Promise<string[]>
  /** Appends as a backend does, for every device to pull. */
  append(text: string): Promise<void>
  stop(): Promise<void>
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** Builds the page and its worker for production, from the sources of the package. */
export async function buildJots(outDir: string): Promise<void> {
  await build({
    root: fileURLToPath(new URL('app', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['larder-source', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023' },
  })
}

/** Serves a build, and syncs with it: the production handler on a log in memory. */
export async function serveJots(folder: string): Promise<JotsServer> {
  let epochs = 0
  const log = new MemoryServerLog({ newEpoch: () => `epoch-${++epochs}` })
  const sync = createSyncHandler({ domain, log, authenticate: developmentTokens({ enabled: true }) })
  const files = async ({ url }: Request): Promise<Response> => {
    const { pathname } = new URL(url)
    const file = pathname === '/' ? '/index.html' : pathname
    const content = await readFile(join(folder, file)).catch(() => undefined)
    if (content === undefined) return new Response('', { status: 404 })
    return new Response(new Uint8Array(content), { headers: { 'content-type': types[extname(file)] ?? 'text/plain' } })
  }
  const server = createServer(
    getRequestListener((request) =>
      new URL(request.url).pathname.startsWith('/sync/') ? sync.fetch(request) : files(request),
    ),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return {
    origin: `http://localhost:${address.port}`,
    async texts() {
      const commits = await log.transact('ann', (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
      return commits.flatMap(({ events }) => events.map((text) => String(JSON.parse(text).data.text).slice(0, 20)))
    },
    async append(text) {
      await sync.append('ann', [Jotted({ text })])
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
