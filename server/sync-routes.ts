import type { Domain } from '../src/domain.ts'
import type { Clock, Logger } from '../src/platform/ports.ts'
import { deadLetterReport } from '../src/sync/wire.ts'
import type { DeadLetterReports } from './core/dead-letter-reports.ts'
import { exchange } from './core/exchange.ts'
import { EXCHANGE_LIMITS } from './core/limits.ts'
import { isOtherProtocol, UPDATE } from './core/protocol.ts'
import type { Rule } from './core/rules.ts'
import type { ServerLog } from './core/server-log.ts'
import { limitRules, type RuleLimits } from './limit-rules.ts'
import type { LiveHub } from './live-hub.ts'
import { openLiveStream } from './live-stream.ts'
import { type BodyLimits, readJson } from './read-body.ts'
import { RequestProblem } from './request-problem.ts'
import { emptyResponse, eventStreamResponse, jsonResponse } from './responses.ts'

export interface RouteServices {
  readonly domain: Domain
  readonly blindRelay: boolean
  readonly log: ServerLog
  readonly rules: readonly Rule[]
  readonly ruleLimits: RuleLimits
  readonly deadLetters: DeadLetterReports
  readonly hub: LiveHub
  readonly maxLiveStreams: number
  readonly limits: BodyLimits
  readonly clock: Clock
  readonly logger: Logger
}

export interface Route {
  readonly method: 'GET' | 'POST'
  /** Who asks is known by now: no route can be reached without. */
  readonly answer: (request: Request, account: string, services: RouteServices) => Promise<Response>
}

/** Everything that the server answers, by path below its base. */
export const SYNC_ROUTES: ReadonlyMap<string, Route> = new Map([
  ['/exchange', { method: 'POST', answer: postExchange }],
  ['/live', { method: 'GET', answer: getLive }],
  ['/dead-letters', { method: 'POST', answer: postDeadLetters }],
])

const HEARTBEAT_MS = 15_000
/** A device then comes again, and its token is looked at again. */
const LIVE_MAX_AGE_MS = 30 * 60_000

async function postExchange(request: Request, account: string, services: RouteServices): Promise<Response> {
  const { domain, blindRelay, log, rules, ruleLimits, hub, limits, clock, logger } = services
  const { status, body } = await exchange(await readJson(request, limits, clock), {
    log,
    account,
    catalog: blindRelay ? 'blind-relay' : domain.catalog,
    domainVersion: domain.version,
    rules: limitRules(rules, ruleLimits, clock),
    now: () => clock.now(),
    logger,
    limits: { ...EXCHANGE_LIMITS, bytes: limits.bytes },
  })
  if (status === 200 && body.verdicts.some((verdict) => verdict.status === 'accepted')) {
    hub.publish(account, { epoch: body.cursor.epoch, head: body.head })
  }
  return jsonResponse(status, body)
}

/** The client's own cursor, which it may show in the URL, is not needed: the first poke says where the log is, and it compares. */
async function getLive(request: Request, account: string, services: RouteServices): Promise<Response> {
  const { log, hub, maxLiveStreams, clock } = services
  if (hub.countOf(account) >= maxLiveStreams) {
    throw new RequestProblem(429, 'too-many-streams', 'This account listens in too many places', {
      'retry-after': '60',
    })
  }
  const first = log.transact(account, async (tx) => ({ epoch: tx.epoch, head: (await tx.head()).position }))
  const options = { hub, account, clock, heartbeatMs: HEARTBEAT_MS, maxAgeMs: LIVE_MAX_AGE_MS, signal: request.signal }
  const stream = openLiveStream(first, options)
  await first
  return eventStreamResponse(stream)
}

async function postDeadLetters(request: Request, account: string, services: RouteServices): Promise<Response> {
  const { deadLetters, limits, clock } = services
  const body = await readJson(request, limits, clock)
  if (isOtherProtocol(body)) throw new RequestProblem(426, 'protocol-version', UPDATE)
  const parsed = deadLetterReport.safeParse(body)
  if (!parsed.success) throw new RequestProblem(422, 'request-invalid', 'The report does not fit the protocol')
  await deadLetters.save(account, parsed.data.device, parsed.data.deadLetters, clock.now())
  return emptyResponse(204)
}
