import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'

export interface PageServer {
  /** Every run has an origin of its own, and with it storage of its own. */
  originOf(run: string, engine: string): string
  stop(): Promise<void>
}

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Files with a hash in their name never change, and every deployment says so: then the browser keeps them, and what it compiled of them. */
const HASHED = { 'cache-control': 'public, max-age=31536000, immutable' }

/** Isolation gives the page a clock of 5 µs instead of 100 µs. */
const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }

/**
 * Serves `http://<run>.<engine>.localhost:<port>/` from the folder `<engine>` below `folder`, and the paths of `services` on every origin.
 * Browsers take all names below localhost for this machine, and for secure.
 */
export async function servePages(folder: string, services: ReadonlyMap<string, Answer>): Promise<PageServer> {
  const server = createServer((request, response) => {
    const { pathname, hostname } = new URL(request.url ?? '/', `http://${request.headers.host}`)
    const service = services.get(`/${pathname.split('/')[1]}`)
    if (service !== undefined) {
      service(request, response)
      return
    }
    const file = normalize(pathname === '/' ? '/index.html' : pathname)
    readFile(join(folder, hostname.split('.').at(-2) ?? '', file)).then(
      (content) =>
        response
          .writeHead(200, {
            ...headers,
            ...(file.startsWith('/engine/') ? HASHED : {}),
            'content-type': types[extname(file)] ?? 'text/plain',
          })
          .end(content),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return {
    originOf: (run, engine) => `http://${run}.${engine}.localhost:${address.port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
