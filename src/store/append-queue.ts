import { type LarderError, nameOfError } from '../errors.ts'
import { countOf } from '../event/packed-events.ts'
import type { Meter } from '../metrics/instruments.ts'
import type { Clock } from '../platform/ports.ts'
import type { AppendMember, AppendOutcome, Stored } from './append-transaction.ts'
import type { Mutex } from './mutex.ts'

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

/** Appends that wait for their transaction, in the order in which they came: those that arrive while one is running share the next. */
export class AppendQueue {
  readonly #mutex: Mutex
  readonly #write: (group: readonly WaitingAppend[]) => Promise<void>
  #waiting: WaitingAppend[] = []
  /** A group waits for its turn. */
  #isDue = false

  constructor(mutex: Mutex, write: (group: readonly WaitingAppend[]) => Promise<void>) {
    this.#mutex = mutex
    this.#write = write
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && !this.#isDue
  }

  push(append: WaitingAppend): void {
    this.#waiting.push(append)
    this.#schedule()
  }

  /** With what else waits for its turn: nothing of them was begun. */
  giveUp(error: LarderError): void {
    this.#isDue = false
    for (const member of this.#waiting.splice(0)) member.fail(error)
  }

  #schedule(): void {
    if (this.#isDue) return
    this.#isDue = true
    const turn = this.#mutex.run(async () => {
      // From here on, what arrives waits for the next group.
      this.#isDue = false
      const group = this.#takeGroup()
      if (this.#waiting.length > 0) this.#schedule()
      await this.#write(group)
    })
    // Who was given up was told.
    turn.catch(() => undefined)
  }

  /** Takes as many as may share a transaction: at least one, if there is one. */
  #takeGroup(): readonly WaitingAppend[] {
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
