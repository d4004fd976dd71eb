import type { AppendMember, AppendOutcome } from './append-transaction.ts'

export interface WaitingAppend extends AppendMember {
  readonly answer: (outcome: AppendOutcome) => void
  readonly fail: (error: unknown) => void
}

/** Most of what shares one transaction. */
const GROUP_LIMITS = { members: 4096, units: 8 * 1024 * 1024 }

/** Appends that wait for their transaction, in the order in which they came. */
export class AppendQueue {
  #waiting: WaitingAppend[] = []

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  push(append: WaitingAppend): void {
    this.#waiting.push(append)
  }

  /** Takes as many as may share a transaction: at least one, if there is one. */
  takeGroup(): readonly WaitingAppend[] {
    let units = 0
    let count = 0
    for (const { commit } of this.#waiting) {
      units += commit.events.body.length
      if (count > 0 && (units > GROUP_LIMITS.units || count >= GROUP_LIMITS.members)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }
}
