import type { SeedResult } from './run-seed.ts'

/** The kinds of fault that every run of enough seeds must have measured. A kind that nobody injects any more counts 0. */
const FAULT_KINDS = [
  'request-lost',
  'response-lost',
  'request-duplicated',
  'request-reordered',
  'delayed',
  'response-truncated',
  'portal',
  'server-error',
  'server-down',
  'unreachable',
  'device-offline',
  'poke-lost',
  'stream-broken',
  'message-lost',
  'token-expired',
  'rule-failed',
  'rule-moody',
  'commit-rejected',
  'crash-before-call',
  'crash-after-call',
  'crash-before-commit',
  'crash-after-commit',
  'reject-before-call',
  'reject-after-call',
  'reject-before-commit',
  'reject-after-commit',
  'tab-killed',
  'tab-closed',
  'lock-stolen',
  'sync-paused',
  'tab-frozen',
  'token-unavailable',
  'clock-set',
] as const

/** From this many seeds on, a run has to have measured enough. */
const ENOUGH_SEEDS = 200
const LEAST_PER_KIND = 200
const LEAST_APPENDS = 20

/** What many seeds add up to. */
export class Totals {
  seeds = 0
  converged = 0
  lost = 0
  duplicated = 0
  failed = 0
  appends = 0
  /** The fewest that one device acknowledged in one seed. */
  leastAppends = Number.POSITIVE_INFINITY
  readonly #counts = new Map<string, number>()

  add(result: SeedResult): void {
    this.seeds++
    if (result.violations.length > 0) this.failed++
    if (result.converged) this.converged++
    this.lost += result.lost
    this.duplicated += result.duplicated
    this.appends += result.appends.reduce((sum, count) => sum + count, 0)
    this.leastAppends = Math.min(this.leastAppends, ...result.appends)
    for (const [kind, count] of Object.entries(result.faults)) this.#counts.set(kind, this.countOf(kind) + count)
  }

  countOf(kind: string): number {
    return this.#counts.get(kind) ?? 0
  }

  /** What was measured too little to mean anything, in words; empty when there was enough, or too few seeds to say. */
  shortOf(): readonly string[] {
    if (this.seeds < ENOUGH_SEEDS) return []
    const kinds = FAULT_KINDS.filter((kind) => this.countOf(kind) < LEAST_PER_KIND)
    const short = kinds.map((kind) => `${kind}: ${this.countOf(kind)}, at least ${LEAST_PER_KIND} are needed`)
    if (this.leastAppends >= LEAST_APPENDS) return short
    return [...short, `a device made only ${this.leastAppends} appends, at least ${LEAST_APPENDS} are needed`]
  }

  /** One line: appends and faults. */
  measured(): string {
    const rest = [...this.#counts.keys()].filter((kind) => !FAULT_KINDS.some((each) => each === kind)).sort()
    const counts = [...FAULT_KINDS, ...rest].map((kind) => `${kind}=${this.countOf(kind)}`)
    return `appends=${this.appends} least-appends-a-device=${this.leastAppends} ${counts.join(' ')}`
  }

  verdict(): string {
    return `seeds=${this.seeds} converged=${this.converged} lost=${this.lost} duplicated=${this.duplicated}`
  }
}
