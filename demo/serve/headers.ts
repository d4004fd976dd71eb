import type { MiddlewareHandler } from 'hono'
import { isLoopback } from './options.ts'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]

/** The page makes one policy, the default one, which vouches for scripts of its own origin only. */
const TRUSTED_TYPES = ["require-trusted-types-for 'script'", 'trusted-types default']

/** Nothing but what lies here runs, is shown or is asked; there is no inline script or style to allow. */
export const secureHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  // What answers with a policy of its own, as the sync server does, has a stricter one.
  if (!c.res.headers.has('content-security-policy')) {
    c.header('content-security-policy', [...POLICY, ...(isServiceWorker(c.req.path) ? [] : TRUSTED_TYPES)].join('; '))
  }
  c.header('x-content-type-options', 'nosniff')
  c.header('referrer-policy', 'no-referrer')
  c.header('cross-origin-opener-policy', 'same-origin')
  c.header('cross-origin-resource-policy', 'same-origin')
}

/** Its generated code loads its parts by plain addresses, and it has no page that could vouch for them. */
function isServiceWorker(path: string): boolean {
  return path === '/sw.js'
}

/**
 * Only for a server that nobody else reaches: answers to no name but this machine's, so that no page of another site can pass for one of ours by
 * pointing its own name here.
 */
export const onlyThisMachine: MiddlewareHandler = async (c, next) => {
  const name = (c.req.header('host') ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  if (!isLoopback(name)) return c.text('This server answers to localhost only.', 421)
  await next()
  return undefined
}

/** Files with a hash in their name never change; all others are asked for again each time. */
export const cacheControl: MiddlewareHandler = async (c, next) => {
  await next()
  const forEver = c.res.status === 200 && c.req.path.startsWith('/assets/')
  c.header('cache-control', forEver ? 'public, max-age=31536000, immutable' : 'no-cache')
}
