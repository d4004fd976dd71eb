/**
 * One process that serves the app and its sync server. Started by `npm start` and `npm run dev`; see `serve/options.ts` for what can be set.
 * The last line that it prints is the address.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { nutrition, nutritionRules } from '@larder/sdk/nutrition'
import { createSyncHandler, developmentTokens, openLibsqlServerLog } from '@larder/sdk/server'
import { createApp } from './serve/app.ts'
import { listen } from './serve/listen.ts'
import { isLoopback, readOptions } from './serve/options.ts'

const BUILT = fileURLToPath(new URL('../dist-demo', import.meta.url))
const VITE_CONFIG = fileURLToPath(new URL('../vite.config.ts', import.meta.url))

/** A device that is slower than this to say what it wants is not worth a socket. */
const HTTP_LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 }
/** Connections that are still busy after so long, in ms, are cut. */
const STOP_AFTER_MS = 3_000

type Pages = (request: IncomingMessage, response: ServerResponse) => void

async function start(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env)
  if (!options.dev && !existsSync(join(BUILT, 'index.html'))) {
    throw new Error('The app is not built yet: `npm start` builds it first, `npm run dev` needs no build.')
  }
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 })
  const log = openLibsqlServerLog({ file: join(options.dataFolder, 'server.db') })
  const sync = createSyncHandler({
    domain: nutrition,
    log,
    rules: nutritionRules,
    deadLetters: log,
    authenticate: developmentTokens({ enabled: options.devTokens }),
  })
  const loopback = isLoopback(options.host)
  const app = getRequestListener(createApp({ sync, root: options.dev ? undefined : BUILT, loopback }).fetch)
  let pages: Pages = app
  const server = createServer(HTTP_LIMITS, (request, response) => {
    if (/^\/sync\//.test(request.url ?? '')) void app(request, response)
    else pages(request, response)
  })
  const vite = options.dev ? await startVite(server) : undefined
  if (vite !== undefined) pages = vite.middlewares

  const port = await listen(server, options.port, options.host)
  stopOnSignal(async () => {
    server.close()
    await Promise.all([sync.close(), vite?.close()])
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), STOP_AFTER_MS).unref()
    await log.close()
  })
  if (!loopback && options.devTokens) console.log('Everybody in this network may read and write every account here.')
  const name = loopback || options.host === '0.0.0.0' || options.host === '::' ? 'localhost' : options.host
  console.log(`http://${name}:${port}`)
}

async function startVite(server: Server) {
  const { createServer: createVite } = await import('vite')
  return createVite({ configFile: VITE_CONFIG, server: { middlewareMode: true, hmr: { server } } })
}

/** Stops once and well; a second signal stops at once. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false
  const onSignal = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    stop().catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
