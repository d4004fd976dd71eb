import { LarderError } from '../src/errors.ts'
import type { WireProblem } from '../src/sync/wire.ts'
import { RequestProblem } from './request-problem.ts'

/** On every answer: it is data for one program, to be shown, framed, guessed at and kept by nobody. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

export function jsonResponse(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...HEADERS, ...headers, 'content-type': 'application/json; charset=utf-8' },
  })
}

export function emptyResponse(status: 204): Response {
  return new Response(null, { status, headers: HEADERS })
}

export function eventStreamResponse(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Response {
  const headers = { ...HEADERS, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' }
  return new Response(stream, { headers })
}

/** What went wrong, as the body that the protocol gives it. The client is told by code; what the cause says stays here. */
export function problemResponse(error: unknown): Response {
  const { status, code, message, headers } = toProblem(error)
  const body: WireProblem = { code, message }
  return jsonResponse(status, body, headers)
}

/** Seconds. The database may be free again at once, a full disk will not be. */
const RETRY_AFTER = { 'retry-after': '5' }

function toProblem(error: unknown): RequestProblem {
  if (error instanceof RequestProblem) return error
  if (error instanceof LarderError && (error.code.startsWith('storage-') || error.code === 'closed')) {
    return new RequestProblem(
      503,
      error.code,
      'The server cannot store anything just now: try again later',
      RETRY_AFTER,
    )
  }
  return new RequestProblem(500, 'internal', 'The server failed: try again later')
}
