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
  readonly #options: SyncServerOptions
  readonly #limits: ExchangeLimits
  readonly #rules: readonly Rule[]

  constructor(options: SyncServerOptions) {
    const { prng, counts } = options
    this.#options = options
    let epochs = 0
    this.log = new ObservedLog({ newEpoch: () => `epoch-${++epochs}`, onCommit: options.onCommit })
    this.#limits = {
      ...EXCHANGE_LIMITS,
      commits: prng.pick([EXCHANGE_LIMITS.commits, 12, 4]),
      pageEvents: prng.pick([EXCHANGE_LIMITS.pageEvents, 24, 7]),
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

  /** Answers one request, as the HTTP handler does around the same core. */
  async serve(account: string, body: string, path: string, token: string | undefined): Promise<SimAnswer> {
    if (path === 'dead-letters') return { status: 204, headers: {}, body: '' }
    if (path !== 'exchange') return { status: 404, headers: {}, body: '{}' }
    const { scheduler, counts, domain } = this.#options
    if (token !== this.token) {
      scheduler.record('server', 'answers 401')
      return { status: 401, headers: {}, body: JSON.stringify({ code: 'token-expired', message: 'Sign in again' }) }
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
