import type { Transport, TransportRequest, TransportResponse } from './ports.ts'
import { readEventStream } from './read-event-stream.ts'

/** Bodies from this many UTF-16 units on are compressed; below it the header costs more than is saved. */
const GZIP_FROM = 8 * 1024

/**
 * How every request is made. A redirect is not followed: it comes from a captive portal, and what it leads to must not get the events.
 * Cookies stay at home: the token says who asks, in a header, never in a URL.
 */
const COMMON = { redirect: 'manual', credentials: 'omit', cache: 'no-store' } as const

/** Talks to the sync server at `url`, which may be relative to the page or worker. */
export function createFetchTransport(url: string): Transport {
  const base = url.replace(/\/+$/, '')
  return {
    post: (request) => post(`${base}/${request.path}`, request),
    listen: async (request, onMessage) => {
      try {
        await readEventStream(await openStream(`${base}/${request.path}`, request), onMessage)
      } catch (error) {
        // Whoever aborts wanted it to end.
        if (!request.signal.aborted) throw error
      }
    },
  }
}

async function post(url: string, { body, token, signal }: TransportRequest): Promise<TransportResponse> {
  const isCompressed = body.length >= GZIP_FROM && typeof CompressionStream !== 'undefined'
  const response = await fetch(url, {
    ...COMMON,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
      ...authorization(token),
    },
    body: isCompressed ? await gzip(body) : body,
    signal,
  })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    redirected: isRedirect(response),
  }
}

async function openStream(
  url: string,
  { token, signal }: Pick<TransportRequest, 'token' | 'signal'>,
): Promise<ReadableStream<Uint8Array>> {
  const headers = { accept: 'text/event-stream', ...authorization(token) }
  const response = await fetch(url, { ...COMMON, headers, signal })
  const isEventStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
  if (response.status === 200 && isEventStream && response.body !== null) return response.body
  await response.body?.cancel()
  throw new StreamRefused(response.status)
}

class StreamRefused extends Error {
  override readonly name = 'StreamRefused'
  readonly status: number

  constructor(status: number) {
    super(`The live stream could not be opened (status ${status})`)
    this.status = status
  }
}

/** In a browser an unfollowed redirect is an opaque answer of status 0; elsewhere it has its own status. */
function isRedirect({ type, status, redirected }: Response): boolean {
  return redirected || type === 'opaqueredirect' || (status >= 300 && status < 400)
}

function authorization(token: string | undefined): { authorization?: string } {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

function gzip(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer()
}
