import { isLarderError } from '../errors.ts'
import type { TransportResponse } from '../platform/ports.ts'
import { parseRetryAfter } from './backoff.ts'
import { type ExchangeResponse, exchangeResponse, type WireCursor, type WireProblem, wireProblem } from './wire.ts'

/** What an answer to an exchange means. What the client does about each is in `sync-state.ts` and `exchange.ts`. */
export type Answer =
  | { readonly kind: 'verdicts'; readonly response: ExchangeResponse }
  /** No answer, or one that is not our server's: a captive portal, a redirect to a stranger. */
  | { readonly kind: 'offline'; readonly problem: Problem }
  /** Our server, or one before it, says not now. */
  | { readonly kind: 'later'; readonly retryAfterMs: number; readonly problem: Problem }
  | { readonly kind: 'unauthenticated'; readonly problem: Problem }
  /** Nothing was asked: no app has a token. */
  | { readonly kind: 'signed-out'; readonly problem: Problem }
  | { readonly kind: 'forbidden'; readonly problem: Problem }
  | { readonly kind: 'update-required'; readonly problem: Problem }
  /** The request as a whole is wrong. */
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'too-large'; readonly problem: Problem }
  | { readonly kind: 'forked'; readonly problem: Problem }
  /** The server's log does not hold the place that was synced up to. `known`: the highest of those shown that it does; undefined where none was shown. */
  | { readonly kind: 'diverged'; readonly problem: Problem; readonly known: WireCursor | null | undefined }

export interface Problem {
  readonly code: string
  readonly message: string
}

/** The one place where a status becomes a meaning. Nothing falls through to an acknowledgement: only a valid body of a 200 is one. */
export function readAnswer(response: TransportResponse, now: number): Answer {
  const { status } = response
  if (response.redirected || (status >= 300 && status < 400) || status === 511) return portal()
  if (status === 200) return readVerdicts(response)
  const problem = readProblem(response)
  if (status === 401)
    return { kind: 'unauthenticated', problem: problem ?? said(response, 'The server does not accept the token') }
  if (status === 403)
    return { kind: 'forbidden', problem: problem ?? said(response, 'The server does not allow this account to sync') }
  if (status === 413) return { kind: 'too-large', problem: problem ?? said(response, 'The request was too large') }
  if (status === 426)
    return {
      kind: 'update-required',
      problem: problem ?? said(response, 'This version of the app is too old for the server'),
    }
  if ((status === 400 || status === 422) && problem !== undefined) return { kind: 'refused', problem }
  if (status === 409 && problem?.code === 'log-diverged')
    return { kind: 'diverged', problem, known: readBody(response)?.known }
  if (status === 409 && problem?.code === 'device-forked') return { kind: 'forked', problem }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfter(response.headers['retry-after'], now)
    return { kind: 'later', retryAfterMs, problem: problem ?? said(response, 'The server cannot answer now') }
  }
  return { kind: 'offline', problem: said(response, 'The answer was not understood') }
}

/** What went wrong on our side of an exchange. */
export function problemOf(error: unknown): Problem {
  if (isLarderError(error)) return { code: error.code, message: error.message }
  return { code: 'internal', message: 'Sync failed for a reason of its own; it is tried again' }
}

export function unreachable(error: unknown): Answer {
  const name = error instanceof Error ? error.name : 'error'
  return { kind: 'offline', problem: { code: 'unreachable', message: `The server cannot be reached (${name})` } }
}

/** The app asked for a token and could not get one, as when its own server cannot be reached either. What it said stays with it. */
export function withoutToken(cause: unknown): Answer {
  const name = cause instanceof Error ? cause.name : typeof cause
  return { kind: 'offline', problem: { code: 'token-unavailable', message: `auth() could not say now (${name})` } }
}

function readVerdicts(response: TransportResponse): Answer {
  const body = parseJson(response.body)
  return isExchangeResponse(body) ? { kind: 'verdicts', response: body } : portal()
}

/** A check and not a parse: the parsed copy would have lost what a newer peer wrote into an event, which is stored as it came. */
function isExchangeResponse(body: unknown): body is ExchangeResponse {
  return exchangeResponse.safeParse(body).success
}

function readProblem(response: TransportResponse): Problem | undefined {
  const body = readBody(response)
  return body && { code: body.code, message: body.message }
}

function readBody(response: TransportResponse): WireProblem | undefined {
  const parsed = wireProblem.safeParse(parseJson(response.body))
  return parsed.success ? parsed.data : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function portal(): Answer {
  return {
    kind: 'offline',
    problem: {
      code: 'not-our-server',
      message: 'Something else answered in place of the server, such as a sign-in page of the network',
    },
  }
}

function said(response: TransportResponse, message: string): Problem {
  return { code: `status-${response.status}`, message }
}
