import type { SyncState } from '../sync/sync-state.ts'

/** A failure of sync, without what anybody said about it. */
export interface PastProblem {
  /** ISO 8601. */
  readonly at: string
  readonly code: string
}

const KEPT = 50

/** The last failures that this tab knows of. */
export class ProblemHistory {
  readonly #now: () => number
  readonly #problems: PastProblem[] = []
  #last = ''

  /** @param now ms since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Oldest first. */
  get all(): readonly PastProblem[] {
    return this.#problems
  }

  note({ problem, paused, notBefore }: Pick<SyncState, 'problem' | 'paused' | 'notBefore'>): void {
    const key = problem === undefined ? '' : `${problem.code} ${paused} ${notBefore}`
    if (key !== '' && key !== this.#last && problem !== undefined) {
      this.#problems.push({ at: new Date(this.#now()).toISOString(), code: codeOnly(problem.code) })
      if (this.#problems.length > KEPT) this.#problems.shift()
    }
    this.#last = key
  }
}

/** A code is of a closed set; a server that puts anything else there is not passed on. */
export function codeOnly(code: string): string {
  return /^[a-z][a-z0-9-]{0,63}$/.test(code) ? code : 'other'
}
