import type { History } from './history.ts'
import type { AcceptedCommit } from './observed-log.ts'
import type { Violations } from './violations.ts'

/** Looks at every commit that the server accepts, when it does. */
export class ServerWatch {
  readonly #history: History
  readonly #violations: Violations
  readonly #commits = new Set<string>()
  readonly #events = new Set<string>()
  /** The accepted commit of each line of commits that replace one another, by the line's first. */
  readonly #lines = new Map<string, string>()

  constructor(history: History, violations: Violations) {
    this.#history = history
    this.#violations = violations
  }

  /** The log was set back: only these are there. */
  reset(commits: readonly AcceptedCommit[]): void {
    this.#commits.clear()
    this.#events.clear()
    this.#lines.clear()
    for (const { id, events } of commits) {
      this.#commits.add(id)
      for (const event of events) this.#events.add(event.id)
      this.#lines.set(this.#history.firstOfLine(id), id)
    }
  }

  look({ id, events }: AcceptedCommit, withdrawn: ReadonlySet<string>): void {
    const attempt = this.#history.attempts.get(id)
    this.#once(attempt !== undefined, () => `commit ${id} is on the server, and nobody made it`)
    this.#once(!this.#commits.has(id), () => `commit ${id} is on the server twice`)
    this.#once(!withdrawn.has(id), () => `commit ${id} was withdrawn, and is on the server`)
    this.#commits.add(id)
    for (const event of events) {
      this.#once(!this.#events.has(event.id), () => `event ${event.id} is on the server twice`)
      this.#events.add(event.id)
    }
    const isWhole = attempt === undefined || attempt.commit.events.body === events.map(({ text }) => text).join(',')
    this.#violations.check(isWhole, 'one-place', () => `commit ${id} is not on the server as it was made`)
    const first = this.#history.firstOfLine(id)
    const other = this.#lines.get(first)
    // Two copies of one installation have the same dead letter, and two people may each put another commit in its place.
    const isOthers = other !== undefined && this.#history.attempts.get(other)?.device !== attempt?.device
    this.#once(other === undefined || isOthers, () => `${other} and ${id} replace one another, and both count`)
    this.#lines.set(first, id)
  }

  #once(holds: boolean, detail: () => string): void {
    this.#violations.check(holds, 'exactly-once', detail)
  }
}
