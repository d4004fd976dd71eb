import { unpackEvents } from '../../event/packed-events.ts'
import type { PreparedCommit } from '../../event/prepare-commit.ts'
import type { PendingRecord } from '../../store/records.ts'

/**
 * `unknown`: nobody was told, because the tab died. `acknowledged`: it must be kept. `refused`: it must never appear. `failed`: the storage failed;
 * it may have been stored.
 */
type Outcome = 'unknown' | 'acknowledged' | 'refused' | 'failed'

export interface Attempt {
  readonly commit: PreparedCommit
  readonly device: string
  /** The dead letter that it was made to replace. */
  readonly amends: string | undefined
  /** The tab that tried last. */
  sender: { readonly isAlive: boolean }
  outcome: Outcome
  /** It was sent again, because nobody knew what had become of it. */
  isRepeated: boolean
}

/** All that anybody ever tried to append, and what they were told. */
export class History {
  readonly attempts = new Map<string, Attempt>()

  begin(device: string, sender: Attempt['sender'], commit: PreparedCommit, amends?: string): Attempt {
    const attempt: Attempt = { commit, device, amends, sender, outcome: 'unknown', isRepeated: false }
    this.attempts.set(commit.id, attempt)
    return attempt
  }

  /** A commit that lies in the outbox of a device, whoever put it there: from now on it must be kept. */
  found(device: string, record: PendingRecord): void {
    if (this.attempts.has(record.id)) return
    const { id, events, expected } = record
    const commit = { id, events, expected, eventIds: unpackEvents(events).map((event) => event.id) }
    const attempt = this.begin(device, NOBODY, commit, record.replaces.at(-1))
    attempt.outcome = 'acknowledged'
  }

  /** Appends that nobody knows the fate of, and nobody is trying any more: an app sends them again. */
  unanswered(device: string): Attempt | undefined {
    return [...this.attempts.values()].find(
      ({ outcome, sender, ...attempt }) =>
        attempt.device === device &&
        attempt.amends === undefined &&
        (outcome === 'failed' || (outcome === 'unknown' && !sender.isAlive)),
    )
  }

  acknowledged(): Attempt[] {
    return [...this.attempts.values()].filter(({ outcome }) => outcome === 'acknowledged')
  }

  /** How many appends a device was told are stored; what replaced a dead letter does not count. */
  appendsOf(device: string): number {
    return this.acknowledged().filter((attempt) => attempt.device === device && attempt.amends === undefined).length
  }

  /** The first commit of the line that a commit belongs to. */
  firstOfLine(id: string): string {
    const { amends } = this.attempts.get(id) ?? {}
    return amends === undefined ? id : this.firstOfLine(amends)
  }
}

const NOBODY: Attempt['sender'] = { isAlive: false }
