import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import type { SyncHandler } from '@larder/sdk/server'

export interface ServedPage {
  readonly port: number
  stop(): Promise<void>
}

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** Serves a built page on a free port, and what it asks for below `/sync/` by the handler. */
export async function servePage(folder: string, sync: Pick<SyncHandler, 'fetch'>): Promise<ServedPage> {
  const files = async (pathname: string): Promise<Response> => {
    const file = pathname === '/' ? '/index.html' : pathname
    const content = await readFile(join(folder, file)).catch(() => undefined)
    if (content === undefined) return new Response('', { status: 404 })
    return new Response(new Uint8Array(content), { headers: { 'content-type': types[extname(file)] ?? 'text/plain' } })
  }
  const server = createServer(
    getRequestListener((request) => {
      const { pathname } = new URL(request.url)
      return pathname.startsWith('/sync/') ? sync.fetch(request) : files(pathname)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.')
  return {
    port: address.port,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
