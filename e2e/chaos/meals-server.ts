import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { nutrition, nutritionRules } from '@larder/sdk/nutrition'
import { createSyncHandler, developmentTokens, openLibsqlServerLog } from '@larder/sdk/server'
import { build, defaultClientConditions } from 'vite'

export interface MealsServer {
  readonly origin: string
  /** Ids of the meals that it has accepted, in its order. */
  meals(): Promise<readonly string[]>
  stop(): Promise<void>
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** Builds the page and its worker for production, from the sources of the package. */
export async function buildMeals(outDir: string): Promise<void> {
  await build({
    root: fileURLToPath(new URL('app', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['larder-source', ...defaultClientConditions] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023' },
  })
}

/** Serves a build, and syncs with it: the production handler on a log on disk. */
export async function serveMeals(folder: string): Promise<MealsServer> {
  const data = mkdtempSync(join(tmpdir(), 'larder-meals-server-'))
  const log = openLibsqlServerLog({ file: join(data, 'server.db') })
  const sync = createSyncHandler({
    domain: nutrition,
    log,
    rules: nutritionRules,
    deadLetters: log,
    authenticate: developmentTokens({ enabled: true }),
  })
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
    origin: `http://127.0.0.1:${address.port}`,
    async meals() {
      const commits = await log.transact('ann', (tx) => tx.read(0, { events: 1e6, units: 1e9 }))
      return commits.flatMap(({ events }) => events.map((text) => String(JSON.parse(text).data.mealId)))
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await sync.close()
      await log.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}
