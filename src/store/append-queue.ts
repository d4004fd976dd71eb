import { nameOfError } from '../errors.ts'
import { countOf } from '../event/packed-events.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock } from '../platform/ports.ts'
import type { AppendMember, AppendOutcome, Stored } from './append-transaction.ts'

export interface WaitingAppend extends AppendMember {
  readonly answer: (outcome: AppendOutcome) => void
  readonly fail: (error: unknown) => void
}

/** A member that settles a promise, and counts how long that took. */
export function waitFor(
  member: AppendMember,
  { clock, meter }: { readonly clock: Clock; readonly meter: Meter },
  resolve: (stored: Stored) => void,
  reject: (error: unknown) => void,
): WaitingAppend {
  const begunAt = clock.monotonic()
  const measure = (attributes: Readonly<Record<string, string>>) =>
    meter.time('larder.append.duration', clock.monotonic() - begunAt, attributes)
  const fail = (error: unknown) => {
    measure({ outcome: 'failed', 'error.type': nameOfError(error) })
    reject(error)
  }
  return {
    ...member,
    fail,
    answer(outcome) {
      if (!outcome.ok) return fail(outcome.error)
      measure({ outcome: 'stored' })
      if (outcome.fresh) meter.count('larder.append.events', countOf(member.commit.events))
      resolve(outcome.stored)
    },
  }
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
