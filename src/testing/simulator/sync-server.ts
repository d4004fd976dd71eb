import { exchange } from '../../../server/core/exchange.ts'
import { EXCHANGE_LIMITS, type ExchangeLimits } from '../../../server/core/limits.ts'
import type { Rule } from '../../../server/core/rules.ts'
import type { Domain } from '../../projection/define-domain.ts'
import type { Prng } from '../chance/prng.ts'
import { type AcceptedCommit, ObservedLog } from './observed-log.ts'
import { BEGINNING } from './world/actor.ts'
import type { FaultCounts } from './world/fault-counts.ts'
import type { Scheduler } from './world/scheduler.ts'
import type { SimAnswer } from './world/sim-network.ts'

export interface SyncServerOptions {
  readonly domain: Domain
  readonly rules: readonly Rule[]
  readonly scheduler: Scheduler
  readonly prng: Prng
  readonly counts: FaultCounts
  readonly onCommit: (commit: AcceptedCommit, withdrawn: ReadonlySet<string>) => void
  /** Something was stored. */
  readonly onHead: (account: string, data: string) => void
  /** The process died in the middle of a request. */
  readonly onDeath: () => void
  /** Whether something on the way to the server, such as a filter that takes a text for an attack, refuses a request whole. Default: never. */
  readonly isPoisoned?: (body: string) => boolean
}

/**
 * The production server core with the app's rules, on its log in memory. Pages are small, so that a pull takes several. Two more rules are
 * moody: one cannot decide at times, the other refuses what it takes the next time.
 */
export class SyncServer {
  readonly log: ObservedLog
  /** How likely the one rule cannot decide. */
  undecided = 0
  /** How likely the other refuses. */
  refusing = 0
  #token = 1
  #domain: Domain
  /** Calls of the log until the process dies. */
  #callsToLive = Number.POSITIVE_INFINITY
  readonly #options: SyncServerOptions
  readonly #limits: ExchangeLimits
  readonly #rules: readonly Rule[]

  constructor(options: SyncServerOptions) {
    const { prng, counts } = options
    this.#options = options
    this.#domain = options.domain
    let epochs = 0
    this.log = new ObservedLog({
      newEpoch: () => `epoch-${++epochs}`,
      onCommit: options.onCommit,
      onCall: () => this.#live(),
    })
    this.#limits = {
      ...EXCHANGE_LIMITS,
      commits: prng.pick([EXCHANGE_LIMITS.commits, EXCHANGE_LIMITS.commits, 12, 4]),
      pageEvents: prng.pick([EXCHANGE_LIMITS.pageEvents, EXCHANGE_LIMITS.pageEvents, 24, 7]),
    }
    const undecided: Rule = () => {
      if (!prng.chance(this.undecided)) return undefined
      counts.add('rule-failed')
      throw new Error('The rule cannot decide now')
    }
    const refusing: Rule = () => {
      if (!prng.chance(this.refusing)) return undefined
      counts.add('rule-moody')
      return { code: 'not-today', message: 'Not today' }
    }
    this.#rules = [...options.rules, undecided, refusing]
  }

  /** What a device has to show. */
  get token(): string {
    return `token ${this.#token}`
  }

  /** Those that were given out count no more. */
  expireTokens(): void {
    this.#token++
    this.#options.counts.add('token-expired')
  }

  /** From now on it runs another release. What it has stored stays. */
  deploy(domain: Domain): void {
    this.#domain = domain
    this.#options.counts.add('server-deployed')
  }

  /** The process dies at its n-th call of the log from now, from 1: in the middle of a transaction, or right behind its commit. */
  dieAfter(calls: number): void {
    this.#callsToLive = calls
  }

  /** It lives on. */
  spare(): void {
    this.#callsToLive = Number.POSITIVE_INFINITY
  }

  /** Answers one request, as the HTTP handler does around the same core; undefined where the process dies over it. */
  async serve(account: string, body: string, path: string, token: string | undefined): Promise<SimAnswer | undefined> {
    try {
      return await this.#answer(account, body, path, token)
    } catch (error) {
      if (!(error instanceof ServerDied)) throw error
      this.#options.scheduler.record('server', 'dies')
      this.#options.counts.add('server-crash')
      this.#options.onDeath()
      return undefined
    }
  }

  #live(): void {
    if (--this.#callsToLive > 0) return
    this.spare()
    throw new ServerDied()
  }

  async #answer(account: string, body: string, path: string, token: string | undefined): Promise<SimAnswer> {
    if (path === 'dead-letters') return { status: 204, headers: {}, body: '' }
    if (path !== 'exchange') return { status: 404, headers: {}, body: '{}' }
    const { scheduler, counts, isPoisoned } = this.#options
    const domain = this.#domain
    if (token !== this.token) {
      scheduler.record('server', 'answers 401')
      return { status: 401, headers: {}, body: JSON.stringify({ code: 'token-expired', message: 'Sign in again' }) }
    }
    if (isPoisoned?.(body) === true) {
      counts.add('poisoned')
      scheduler.record('server', 'answers 422')
      return {
        status: 422,
        headers: {},
        body: JSON.stringify({ code: 'filtered', message: 'This is not let through' }),
      }
    }
    const before = this.log.head
    const answer = await exchange(JSON.parse(body), {
      log: this.log,
      account,
      catalog: domain.catalog,
      domainVersion: domain.version,
      rules: this.#rules,
      now: () => BEGINNING + scheduler.now,
      limits: this.#limits,
    })
    if (answer.status === 200) {
      for (const { status } of answer.body.verdicts) if (status === 'rejected') counts.add('commit-rejected')
    }
    scheduler.record('server', `answers ${answer.status}, head ${this.log.head}`)
    const { head } = this.log
    if (head > before) this.#options.onHead(account, JSON.stringify({ epoch: this.log.epoch, head }))
    return { status: answer.status, headers: {}, body: JSON.stringify(answer.body) }
  }
}

/** Never leaves this file: the process is gone. */
class ServerDied extends Error {}
