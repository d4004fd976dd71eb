import { discardDeadLetter, discardFreeLetters } from '../dead-letter/dead-letter-actions.ts'
import { settleHandlerLetters } from '../dead-letter/handler-letters.ts'
import { ageLimitMs, type LetterLimits, lettersToDrop } from '../dead-letter/letter-limits.ts'
import { nameOfError } from '../errors.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { DeadLetterRecord } from '../store/records.ts'
import { type Alert, type AlertThresholds, alertsOf } from './alerts.ts'

export interface LetterKeeperOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: LetterLimits
  readonly thresholds: AlertThresholds
  /** There are other alerts than before. */
  readonly onAlerts: () => void
  readonly onDropped: (changes: readonly CommitChange[]) => void
}

/** So much at most is dropped before it is looked again. */
const DROP_AT_ONCE = 1000
/** Before an alert that came is followed by dropping, so that whoever is told can look first. */
const GRACE_MS = 1000

/** Watches how many dead letters there are and how old they get, and warns before a limit is reached. Drops only where the app has asked for it. */
export class LetterKeeper {
  readonly #options: LetterKeeperOptions
  readonly #unsubscribe: () => void
  #alerts: readonly Alert[] = []
  #cancel: (() => void) | undefined
  #watchesPending = false
  #isDropping = false
  #isStopped = false

  constructor(options: LetterKeeperOptions) {
    this.#options = options
    this.#unsubscribe = options.store.subscribe(({ change }) => {
      // What is appended behind others makes none of them older: then nothing has to be looked at, however long the outbox is.
      if (change.reset || (change.pending.length > 0 && !this.#watchesPending)) this.look()
    })
  }

  get alerts(): readonly Alert[] {
    return this.#alerts
  }

  look(): void {
    if (this.#isStopped) return
    const { store, clock, limits, thresholds, onAlerts } = this.#options
    const now = clock.now()
    const letters = this.#letters
    const pending = thresholds.oldestPendingMs === undefined ? [] : store.known.pending.records
    this.#watchesPending = thresholds.oldestPendingMs === undefined || pending.length > 0
    const oldestLetter = least(letters.map(({ since }) => since))
    const { alerts, nextInMs } = alertsOf(
      {
        now,
        letters: letters.length,
        oldestLetter,
        oldestPending: least(pending.map(({ madeAt }) => madeAt)),
      },
      thresholds,
      limits,
    )
    const kinds = (all: readonly Alert[]): string => all.map(({ kind }) => kind).join()
    const isOther = kinds(alerts) !== kinds(this.#alerts)
    this.#alerts = alerts
    if (isOther) onAlerts()
    const waits = [nextInMs, this.#dropInMs(letters.length, oldestLetter, now)].filter((wait) => wait !== undefined)
    this.#cancel?.()
    this.#cancel = waits.length === 0 ? undefined : clock.after(Math.min(...waits), () => void this.#onTime())
  }

  stop(): void {
    this.#isStopped = true
    this.#unsubscribe()
    this.#cancel?.()
  }

  get #letters(): DeadLetterRecord[] {
    const { deadLetters, handlerLetters } = this.#options.store.known
    return [...deadLetters.values(), ...handlerLetters.values()]
  }

  /** Undefined where nothing is ever dropped, or there is nothing. */
  #dropInMs(count: number, oldest: number | undefined, now: number): number | undefined {
    const { limits } = this.#options
    if (limits.whenFull === 'keep') return undefined
    const ageLimit = ageLimitMs(limits)
    if (count > limits.maxSize) return GRACE_MS
    return oldest === undefined || ageLimit === undefined ? undefined : Math.max(GRACE_MS, oldest + ageLimit - now + 1)
  }

  async #onTime(): Promise<void> {
    const { logger } = this.#options
    if (!this.#isDropping) {
      this.#isDropping = true
      try {
        await this.#drop()
      } catch (error) {
        if (!this.#isStopped)
          logger.error('dead letters: the oldest could not be dropped', { error: nameOfError(error) })
      } finally {
        this.#isDropping = false
      }
    }
    this.look()
  }

  async #drop(): Promise<void> {
    const { store, limits, clock, logger, onDropped } = this.#options
    const letters = lettersToDrop(this.#letters, limits, clock.now()).slice(0, DROP_AT_ONCE)
    const idsOf = (kind: DeadLetterRecord['kind']) => letters.flatMap((each) => (each.kind === kind ? [each.id] : []))
    const handled = idsOf('handler')
    if (handled.length > 0) await settleHandlerLetters(store, handled)
    // What a person has entered is never deleted: a refused commit that is dropped is given up, and stays as a record.
    const reason = 'dropped: the dead letters were over their limit'
    const changes: CommitChange[] = []
    const give = (id: string) => changes.push({ commit: id, to: 'discarded', position: undefined })
    const commits = idsOf('commit')
    if (commits.length > 0) for (const id of await discardFreeLetters(store, commits, reason, clock.now())) give(id)
    for (const id of commits) {
      // Given up above, or another tab was faster.
      if (!store.known.deadLetters.has(id)) continue
      const { refused } = await discardDeadLetter(store, id, reason, clock.now())
      give(id)
      changes.push(...refused)
    }
    if (changes.length > 0) onDropped(changes)
    const dropped = handled.length + changes.filter(({ to }) => to === 'discarded').length
    if (dropped > 0) logger.error('dead letters: the oldest were dropped, as the app has asked', { dropped })
  }
}

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.min(a, b))
}
