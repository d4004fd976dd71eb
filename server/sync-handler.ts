import type { Domain } from '../src/domain.ts'
import { argumentError } from '../src/errors.ts'
import { firstBrokenCharacter } from '../src/event/check-text.ts'
import type { AppendOptions } from '../src/event/prepare-commit.ts'
import type { NewEvent } from '../src/event/recorded-event.ts'
import { createConsoleLogger } from '../src/platform/console-logger.ts'
import type { Clock, Ids, Logger } from '../src/platform/ports.ts'
import { systemClock } from '../src/platform/system-clock.ts'
import { createUuidIds } from '../src/platform/uuid-ids.ts'
import type { Authenticate } from './authenticate.ts'
import { appendFromServer, type ServerReceipt } from './core/append-from-server.ts'
import { type DeadLetterReports, MemoryDeadLetterReports } from './core/dead-letter-reports.ts'
import type { Rule } from './core/rules.ts'
import type { ServerLog } from './core/server-log.ts'
import type { RuleLimits } from './limit-rules.ts'
import { LiveHub } from './live-hub.ts'
import { logFailure } from './log-failure.ts'
import { BODY_LIMITS, type BodyLimits } from './read-body.ts'
import { RequestProblem } from './request-problem.ts'
import { problemResponse } from './responses.ts'
import { type RouteServices, SYNC_ROUTES } from './sync-routes.ts'

export interface SyncHandlerOptions {
  /** The app's definitions, the same module that the devices run. Events are checked with them. */
  domain: Domain
  /** Where commits are kept. The handler uses it and does not close it. */
  log: ServerLog
  /** Who asks. See {@link Authenticate}. */
  authenticate: Authenticate
  /** Asked in this order about every commit that a device pushes. Default none. */
  rules?: readonly Rule[]
  /** Path under which the handler is reached. Default `/sync`. */
  base?: string
  /** True: types and the shape of payloads are not looked at, so that the server need not know the domain. Default false. */
  blindRelay?: boolean
  /** Where reports of dead letters are kept. Default: in memory. */
  deadLetters?: DeadLetterReports
  /** Default: the machine's. */
  clock?: Clock
  /** Makes the ids of what {@link SyncHandler.append} appends. Default: UUIDs of version 7 by the clock. */
  ids?: Ids
  /** Default: errors to the console. Nothing that is logged holds payload, tokens or accounts. */
  logger?: Logger
  /** Default {@link BODY_LIMITS}. */
  limits?: Partial<BodyLimits>
  /** Most time for the rules, which run under a lock; what they have not answered by then is to be sent again. Default 5 s each, 15 s in all. */
  ruleLimits?: RuleLimits
  /** Most live streams of one account in this process; above it 429. Each costs a socket. Default 100. */
  maxLiveStreams?: number
}

export interface SyncHandler {
  /** Answers every request below `base`; never rejects. */
  fetch(request: Request): Promise<Response>
  /** Appends as the backend, see {@link appendFromServer}; the account's devices are told at once. */
  append(account: string, events: NewEvent | readonly NewEvent[], options?: AppendOptions): Promise<ServerReceipt>
  /** Ends live streams, lets running requests finish, and answers later ones with 503. The log stays open. */
  close(): Promise<void>
}

/** The sync server as one function of the fetch API, for Node, Deno, Bun, workers and tests alike. */
export function createSyncHandler(options: SyncHandlerOptions): SyncHandler {
  const { domain, log, authenticate, base = '/sync', clock = systemClock, logger = createConsoleLogger() } = options
  const ids = options.ids ?? createUuidIds(() => clock.now())
  if (!/^(\/[^/?#]+)*$/.test(base)) {
    throw argumentError('base', `base is a path such as '/sync', without a slash at its end; got '${base}'`)
  }
  const hub = new LiveHub()
  const services: RouteServices = {
    domain,
    blindRelay: options.blindRelay ?? false,
    log,
    rules: options.rules ?? [],
    ruleLimits: options.ruleLimits ?? { eachMs: 5_000, allMs: 15_000 },
    deadLetters: options.deadLetters ?? new MemoryDeadLetterReports(),
    hub,
    maxLiveStreams: options.maxLiveStreams ?? 100,
    limits: { ...BODY_LIMITS, ...options.limits },
    clock,
    logger,
  }
  const running = new Set<Promise<unknown>>()
  let closing = false

  const answer = async (request: Request): Promise<Response> => {
    if (closing) {
      throw new RequestProblem(503, 'closing', 'The server is stopping: try again shortly', { 'retry-after': '1' })
    }
    const { pathname } = new URL(request.url)
    const route = pathname.startsWith(base) ? SYNC_ROUTES.get(pathname.slice(base.length)) : undefined
    if (route === undefined) throw new RequestProblem(404, 'not-found', 'There is nothing here')
    if (route.method !== request.method) {
      throw new RequestProblem(405, 'method', `Only ${route.method} is answered here`, { allow: route.method })
    }
    return route.answer(request, await accountOf(request, authenticate, logger), services)
  }

  const append: SyncHandler['append'] = async (account, events, appendOptions = {}) => {
    const { catalog, middleware } = domain
    const context = { log, catalog, middleware, now: () => clock.now(), newId: () => ids.next() }
    const { receipt, ...poke } = await appendFromServer(account, events, appendOptions, context)
    hub.publish(account, poke)
    return receipt
  }

  const tracked = <T>(work: Promise<T>): Promise<T> => {
    const done = work.finally(() => running.delete(done))
    running.add(done)
    return done
  }

  return {
    fetch: (request) =>
      tracked(
        answer(request).catch((error: unknown) => {
          const response = problemResponse(error)
          if (response.status >= 500 && !closing)
            logFailure(logger, 'A sync request failed', error, { status: response.status })
          return response
        }),
      ),
    append: (account, events, appendOptions) => tracked(append(account, events, appendOptions)),
    close: async () => {
      closing = true
      hub.close()
      await Promise.allSettled(running)
    },
  }
}

async function accountOf(request: Request, authenticate: Authenticate, logger: Logger): Promise<string> {
  let who: Awaited<ReturnType<Authenticate>>
  try {
    who = await authenticate(request)
  } catch (error) {
    logFailure(logger, 'The token could not be checked', error)
    throw new RequestProblem(503, 'auth-unavailable', 'The token could not be checked: try again later', {
      'retry-after': '5',
    })
  }
  if (who === 'unauthenticated') {
    throw new RequestProblem(401, 'auth-required', 'A valid token is needed', { 'www-authenticate': 'Bearer' })
  }
  if (who === 'forbidden') throw new RequestProblem(403, 'forbidden', 'This account may not sync')
  const { account } = who
  if (account === '' || account.length > 256 || firstBrokenCharacter(account) !== -1) {
    logger.error('authenticate() gave an account that is not 1 to 256 storable characters')
    throw new RequestProblem(403, 'forbidden', 'This account may not sync')
  }
  return account
}
