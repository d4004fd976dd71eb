import { serveStatic } from '@hono/node-server/serve-static'
import type { SyncHandler } from '@larder/sdk/server'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { etag } from 'hono/etag'
import { cacheControl, onlyThisMachine, secureHeaders } from './headers.ts'

export interface AppOptions {
  readonly sync: SyncHandler
  /** Folder of the built app; undefined where something else serves the pages. */
  readonly root: string | undefined
  /** Whether to answer to this machine's own names only. */
  readonly loopback: boolean
}

/** The sync server below `/sync`, and the app everywhere else. */
export function createApp({ sync, root, loopback }: AppOptions): Hono {
  const app = new Hono()
  if (loopback) app.use(onlyThisMachine)
  app.use(secureHeaders)
  app.use(compress())
  app.all('/sync/*', (c) => sync.fetch(c.req.raw))
  if (root === undefined) return app
  app.use(cacheControl)
  app.get('*', etag(), serveStatic({ root }))
  // A screen's address is the app's to understand; a file that is not there is not.
  app.get('*', async (c, next) => {
    if (/\.[^/]+$/.test(c.req.path)) return c.text('Not found', 404)
    return (await serveStatic({ path: `${root}/index.html` })(c, next)) ?? undefined
  })
  return app
}
