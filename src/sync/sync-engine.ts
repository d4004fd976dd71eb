import { retryDueDeadLetters, waitForDeadLetters } from '../dead-letter/dead-letter-actions.ts'
import { isLarderError } from '../errors.ts'
import type { Clock, Connectivity, Locks, Logger, Random, Transport } from '../platform/ports.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import { Exchange, type ExchangeOutcome } from './exchange.ts'
import { listenLive } from './live.ts'
import { sleep } from './sleep.ts'
import { advanceSync, followClock, initialSyncState, nextStep, type SyncInput, type SyncState } from './sync-state.ts'
import { TokenSource } from './token-source.ts'

/** Appends that follow each other within this share an exchange. */
export const APPEND_DEBOUNCE_MS = 50
/** Even without a poke, look from time to time. */
const POLL_MS = 60_000
/** Wait before asking for the lock again after losing it. */
const RELOCK_MS = 1000

export interface SyncOptions {
  readonly store: EventStore
  readonly transport: Transport
  /** Undefined where the server needs no token. */
  readonly auth: (() => Promise<string>) | undefined
  readonly clock: Clock
  readonly random: Random
  readonly locks: Locks
  readonly lockName: string
  readonly connectivity: Connectivity
  readonly logger: Logger
  readonly domain: string
  readonly maxAttempts: number
  readonly onChanges: (changes: readonly CommitChange[]) => void
  /** State or leadership changed. */
  readonly onState: () => void
}

/**
 * Talks to the server, in the one tab that holds the lock. Everything that it decides from is in storage, so that any other tab can go on
 * from there at any moment; what a deposed leader still has in flight is refused by its term.
 */
export class SyncEngine {
  readonly #options: SyncOptions
  readonly #stop = new AbortController()
  readonly #waiting = new Set<() => void>()
  readonly #tokens: TokenSource
  #state: SyncState
  #term: number | undefined
  #exchange: Exchange | undefined
  /** Ends the leadership from inside. */
  #leading: AbortController | undefined
  /** Aborts when this tab does not lead any more, whatever the reason. */
  #lost: AbortSignal | undefined
  #cancelTimer: (() => void) | undefined
  #cancelDebounce: (() => void) | undefined
  #cancelRetries: (() => void) | undefined
  #listening = false

  constructor(options: SyncOptions) {
    this.#options = options
    this.#tokens = new TokenSource(options.auth)
    this.#state = initialSyncState(options.store.known.meta)
  }

  get state(): SyncState {
    return this.#state
  }

  get isLeader(): boolean {
    return this.#term !== undefined
  }

  start(): void {
    const unsubscribe = this.#options.connectivity.subscribe((online) => {
      if (online) this.hurry()
    })
    this.#stop.signal.addEventListener('abort', unsubscribe, { once: true })
    void this.#stand()
  }

  /** Something was appended, or may have come: exchange soon. */
  trigger(): void {
    if (this.#cancelDebounce !== undefined || this.#stop.signal.aborted) return
    this.#cancelDebounce = this.#options.clock.after(APPEND_DEBOUNCE_MS, () => {
      this.#cancelDebounce = undefined
      this.#input({ type: 'trigger' })
    })
  }

  /** Exchange now, whatever the backoff. */
  hurry(): void {
    this.#input({ type: 'hurry' })
  }

  /**
   * Resolves when an exchange has ended, well or not, that was begun after the call: one in flight may lack what was appended since. At once
   * when none can be made.
   */
  async now(): Promise<void> {
    if (!this.isLeader || this.#state.paused !== undefined) return
    const ended = new Promise<void>((resolve) => this.#waiting.add(resolve))
    this.hurry()
    await ended
  }

  pause(): void {
    this.#input({ type: 'pause', reason: 'told', problem: undefined })
  }

  resume(): void {
    this.#input({ type: 'resume' })
  }

  /** Stops at once; an exchange in flight is given up, and its answer will not count. */
  stop(): void {
    this.#stop.abort()
    this.#stepDown()
  }

  /** Stands for leadership until stopped. */
  async #stand(): Promise<void> {
    const { locks, lockName, logger, clock } = this.#options
    while (!this.#stop.signal.aborted) {
      try {
        await locks.hold(lockName, this.#stop.signal, (lost) => this.#lead(lost))
      } catch (error) {
        if (!this.#stop.signal.aborted) logger.error('sync: leading failed', { error: nameOf(error) })
      }
      this.#stepDown()
      if (!this.#stop.signal.aborted) await sleep(clock, RELOCK_MS, this.#stop.signal)
    }
  }

  async #lead(lost: AbortSignal): Promise<void> {
    const { store } = this.#options
    const term = await store.transition(async (tx, cache) => {
      const next = cache.meta.term + 1
      await tx.put('meta', { ...cache.meta, term: next })
      return next
    })
    if (lost.aborted || this.#stop.signal.aborted) return
    const { paused } = this.#state
    this.#state = { ...initialSyncState(store.known.meta), paused }
    this.#term = term
    this.#leading = new AbortController()
    const over = AbortSignal.any([lost, this.#stop.signal, this.#leading.signal])
    this.#lost = over
    this.#exchange = new Exchange({ ...this.#options, tokens: this.#tokens })
    this.#options.onState()
    this.#step()
    await new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }))
  }

  #stepDown(): void {
    const led = this.isLeader
    this.#term = undefined
    this.#exchange = undefined
    this.#listening = false
    // What runs in the name of this term, such as the live stream, ends with it.
    this.#leading?.abort()
    this.#cancelTimer?.()
    this.#cancelDebounce?.()
    this.#cancelRetries?.()
    this.#cancelDebounce = undefined
    this.#state = { ...this.#state, inFlight: false }
    this.#endWaiting()
    if (led) this.#options.onState()
  }

  #input(input: SyncInput): void {
    const before = this.#state
    this.#state = advanceSync(this.#state, input)
    if (this.#state !== before) this.#options.onState()
    this.#step()
  }

  #step(): void {
    if (this.#term === undefined || this.#exchange === undefined) return
    const { clock } = this.#options
    this.#cancelTimer?.()
    this.#state = followClock(this.#state, clock.now())
    const step = nextStep(this.#state, clock.now())
    if (step.do === 'exchange') void this.#run(this.#exchange, this.#term)
    else if (step.do === 'wait')
      this.#cancelTimer = clock.after(Math.max(0, step.until - clock.now()), () => this.#step())
    else if (!this.#state.inFlight && this.#state.paused === undefined) {
      this.#cancelTimer = clock.after(POLL_MS, () => this.#input({ type: 'trigger' }))
    }
  }

  async #run(exchange: Exchange, term: number): Promise<void> {
    const asked = [...this.#waiting]
    this.#input({ type: 'started' })
    const outcome = await this.#outcome(exchange, term)
    // Deposed or stopped meanwhile: what came is not ours to act on.
    if (this.#term !== term) return
    if (outcome.kind === 'deposed') return this.#leading?.abort()
    if (outcome.kind === 'succeeded' && outcome.changes.length > 0) this.#options.onChanges(outcome.changes)
    if (outcome.kind === 'failed') await this.#persistFailure(outcome)
    else this.#input(this.#inputOf(outcome))
    if (outcome.kind === 'again') return
    this.#endWaiting(this.#state.paused === undefined ? asked : this.#waiting)
    if (outcome.kind === 'succeeded') {
      this.#listen()
      this.#watchDeadLetters()
    }
  }

  async #outcome(exchange: Exchange, term: number): Promise<ExchangeOutcome> {
    try {
      return await exchange.run(term, this.#lost ?? this.#stop.signal)
    } catch (error) {
      // A defect or a storage failure of ours: the same as a server that cannot now, but somebody should look.
      this.#options.logger.error('sync: an exchange failed', { error: nameOf(error) })
      const problem = isLarderError(error)
        ? { code: error.code, message: error.message }
        : { code: 'internal', message: 'Sync failed for a reason of its own; it is tried again' }
      return { kind: 'failed', as: 'later', problem, retryAfterMs: 0 }
    }
  }

  #inputOf(outcome: Exclude<ExchangeOutcome, { kind: 'failed' | 'deposed' }>): SyncInput {
    if (outcome.kind === 'again') return { type: 'discarded' }
    if (outcome.kind === 'pause') return { type: 'pause', reason: outcome.reason, problem: outcome.problem }
    return { type: 'succeeded', now: this.#options.clock.now(), more: outcome.more }
  }

  /** Backoff survives a reload. Where even that cannot be stored, it holds in this tab. */
  async #persistFailure({ as, problem, retryAfterMs }: Extract<ExchangeOutcome, { kind: 'failed' }>): Promise<void> {
    const { store, clock, random, logger } = this.#options
    this.#input({ type: 'failed', kind: as, problem, now: clock.now(), random: random.next(), retryAfterMs })
    const { attempt, failedAt, notBefore } = this.#state
    try {
      await store.transition((tx, cache) =>
        tx.put('meta', { ...cache.meta, attempt, failedAt, nextAttemptAt: notBefore }),
      )
    } catch (error) {
      logger.debug('sync: the backoff could not be stored', { error: nameOf(error) })
    }
  }

  #listen(): void {
    if (this.#listening || this.#lost === undefined) return
    this.#listening = true
    const { store } = this.#options
    const options = {
      ...this.#options,
      tokens: this.#tokens,
      position: () => store.known.meta.cursor?.position ?? 0,
      onPoke: () => this.#input({ type: 'trigger' }),
    }
    void listenLive(options, this.#lost)
  }

  /** Retryable dead letters go back into the outbox when they are due. */
  #watchDeadLetters(): void {
    const { store, clock, logger } = this.#options
    const wait = waitForDeadLetters(store.known.deadLetters.values(), clock.now())
    this.#cancelRetries?.()
    if (wait === undefined) return
    this.#cancelRetries = clock.after(wait, () => {
      retryDueDeadLetters(store, clock.now()).then(
        (retried) => {
          if (retried > 0) this.#input({ type: 'hurry' })
          else this.#watchDeadLetters()
        },
        (error: unknown) => logger.error('sync: dead letters could not be put back', { error: nameOf(error) }),
      )
    })
  }

  #endWaiting(those: Iterable<() => void> = this.#waiting): void {
    for (const resolve of those) {
      this.#waiting.delete(resolve)
      resolve()
    }
  }
}

function nameOf(error: unknown): string {
  if (isLarderError(error)) return error.code
  return error instanceof Error ? error.name : typeof error
}
