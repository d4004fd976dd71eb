/** What must hold. Each is a promise of the design; the names appear in what a failing seed prints. */
export type Invariant =
  /** Every acknowledged append is on the server, or kept on its device as a dead letter or as the record of a decision about it. */
  | 'nothing-lost'
  /** No commit, event or line of commits is stored twice, and nothing is stored that nobody appended. */
  | 'exactly-once'
  /** Every confirmed zone is the server's log: ids, order, positions, bodies. */
  | 'one-order'
  /** What is noted as repaired is there, as the server has it. */
  | 'repaired'
  | 'outbox-empty'
  /** Live projections equal the server's log, folded from its beginning. */
  | 'same-state'
  /** A commit lies in one place of the store, whole. */
  | 'one-place'
  | 'cursor-at-head'
  /** What was confirmed never goes back. */
  | 'never-again'
  /** Counters are never reused, the generation tells of every disturbance. */
  | 'counters'
  | 'stream-versions'
  /** A commit with an expectation is accepted only behind what its device saw. */
  | 'expectations'
  /** A tab has at most one exchange in flight. */
  | 'one-exchange'
  /** An answer is applied only by the tab that leads, by the term on the disk. */
  | 'one-leader'
  /** Whoever fails again and again waits longer and longer. */
  | 'patience'
  /** After healing everything comes to rest in time. */
  | 'quiet'
  /** Nothing in our code fails in a way that nobody planned. */
  | 'no-defect'
  /** A closed tab leaves no timer and no lock. */
  | 'closed-is-closed'
  /** What an app does fails only in ways that it has to expect. */
  | 'act'
  /** One of the app's own. */
  | `yours: ${string}`

export interface Violation {
  readonly invariant: Invariant
  readonly detail: string
  /** Virtual ms since the world began. */
  readonly at: number
}

/** What was broken in one run. The first is the one to look at: others may follow from it. */
export class Violations {
  readonly list: Violation[] = []
  readonly #record: (what: string) => void
  readonly #now: () => number
  readonly #counts = new Map<Invariant, number>()

  constructor(scheduler: { readonly now: number; record(actor: string, what: string): void }) {
    this.#now = () => scheduler.now
    this.#record = (what) => scheduler.record('invariant', what)
  }

  add(invariant: Invariant, detail: string): void {
    this.#counts.set(invariant, this.count(invariant) + 1)
    // A broken run may break everywhere.
    if (this.list.length >= 20) return
    this.#record(`${invariant}: ${detail}`)
    this.list.push({ invariant, detail, at: this.#now() })
  }

  count(invariant: Invariant): number {
    return this.#counts.get(invariant) ?? 0
  }

  /** Adds a violation unless `holds`. */
  check(holds: boolean, invariant: Invariant, detail: () => string): void {
    if (!holds) this.add(invariant, detail())
  }
}
