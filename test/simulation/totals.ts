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
  'poisoned',
  'commit-rejected',
  'server-crash',
  'server-deployed',
  'client-updated',
  'leader-death-before-send',
  'leader-death-sent',
  'leader-death-response-lost',
  'leader-death-before-apply',
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
  'record-lost',
  'record-damaged',
  'meta-older',
] as const

/**
 * What the line before the last counts, by the name of the counter that tells it. In a run of enough seeds none may be zero: a simulation in which nobody is
 * ever refused proves nothing about refusals.
 */
const DRAMAS: Readonly<Record<string, string>> = {
  rebases: 'rebase',
  rejections: 'commit-rejected',
  holds: 'hold',
  redecisions: 're-decision',
  leaderDeaths: 'leader-death',
  restores: 'restores',
}

/** From this many seeds on, a run has to have measured enough. */
const ENOUGH_SEEDS = 200
/** Every kind of fault strikes at least once in as many seeds. */
const SEEDS_PER_FAULT = 5
const LEAST_APPENDS = 2
/** A step is one timer that fires. */
const LEAST_MEDIAN_STEPS = 300

/** What many seeds add up to. */
export class Totals {
  seeds = 0
  converged = 0
  lost = 0
  duplicated = 0
  undrained = 0
  failed = 0
  appends = 0
  /** The fewest that one device acknowledged in one seed. */
  leastAppends = Number.POSITIVE_INFINITY
  readonly #counts = new Map<string, number>()
  readonly #steps: number[] = []

  add(result: SeedResult): void {
    this.seeds++
    if (result.violations.length > 0) this.failed++
    if (result.converged) this.converged++
    this.lost += result.lost
    this.duplicated += result.duplicated
    this.undrained += result.undrained
    this.#steps.push(result.steps)
    this.appends += result.appends.reduce((sum, count) => sum + count, 0)
    this.leastAppends = Math.min(this.leastAppends, ...result.appends)
    for (const [kind, count] of Object.entries(result.faults)) this.#counts.set(kind, this.countOf(kind) + count)
  }

  countOf(kind: string): number {
    return this.#counts.get(kind) ?? 0
  }

  /** Of the seeds so far. */
  get medianSteps(): number {
    return this.#steps.toSorted((a, b) => a - b)[this.#steps.length >> 1] ?? 0
  }

  /** What was measured too little to mean anything, in words; empty when there was enough, or too few seeds to say. */
  shortOf(): readonly string[] {
    const short: string[] = []
    const need = (what: string, count: number, least: number): void => {
      if (count < least) short.push(`${what}: ${count}, at least ${least} are needed`)
    }
    need('median of steps', this.medianSteps, LEAST_MEDIAN_STEPS)
    need('appends of a device', this.leastAppends, LEAST_APPENDS)
    if (this.seeds < ENOUGH_SEEDS) return short
    for (const kind of FAULT_KINDS) need(kind, this.countOf(kind), this.seeds / SEEDS_PER_FAULT)
    for (const [name, kind] of Object.entries(DRAMAS)) need(name, this.countOf(kind), 1)
    return short
  }

  /** One line: appends and faults. */
  measured(): string {
    const rest = [...this.#counts.keys()].filter((kind) => !FAULT_KINDS.some((each) => each === kind)).sort()
    const counts = [...FAULT_KINDS, ...rest].map((kind) => `${kind}=${this.countOf(kind)}`)
    return `appends=${this.appends} least-appends-a-device=${this.leastAppends} median-steps=${this.medianSteps} ${counts.join(' ')}`
  }

  /** One line: what the stories were about. */
  dramas(): string {
    return Object.entries(DRAMAS)
      .map(([name, kind]) => `${name}=${this.countOf(kind)}`)
      .join(' ')
  }

  verdict(): string {
    const { seeds, converged, lost, duplicated, undrained } = this
    return `seeds=${seeds} converged=${converged} lost=${lost} duplicated=${duplicated} undrained=${undrained}`
  }
}
