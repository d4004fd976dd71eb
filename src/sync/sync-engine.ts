import { nameOfError } from '../errors.ts'
import { backoffMs } from './backoff.ts'
import { DueRetries } from './due-retries.ts'
import { Exchange, type ExchangeOutcome } from './exchange.ts'
import { LetterReports } from './letter-reports.ts'
import { listenLive } from './live.ts'
import { RepairOnce } from './repair-once.ts'
import { runExchange } from './run-exchange.ts'
import { sleep } from './sleep.ts'
import { storeBackoff } from './store-backoff.ts'
import type { SyncOptions } from './sync-options.ts'
import { advanceSync, followClock, initialSyncState, nextStep, type SyncInput, type SyncState } from './sync-state.ts'
import { TokenSource } from './token-source.ts'
import { Waiters } from './waiters.ts'

/** Appends that follow each other within this share an exchange. */
export const APPEND_DEBOUNCE_MS = 50
/** Even without a poke, look from time to time. */
const POLL_MS = 60_000
/** Wait before asking for the lock again after losing it; longer, and drawn, for who is deposed again and again, see {@link backoffMs}. */
const RELOCK_MS = 1000

/**
 * Talks to the server, in the one tab that holds the lock. Everything that it decides from is in storage, so that any other tab can go on
 * from there at any moment; what a deposed leader still has in flight is refused by its term.
 */
export class SyncEngine {
  readonly #options: SyncOptions
  readonly #stop = new AbortController()
  /** For the end of an exchange. */
  readonly #waiting = new Waiters()
  /** Until no request is on its way. */
  readonly #idle = new Waiters()
  readonly #tokens: TokenSource
  readonly #retries: DueRetries
  readonly #repairs: RepairOnce
  #state: SyncState
  #term: number | undefined
  #exchange: Exchange | undefined
  #reports: LetterReports | undefined
  /** Ends standing for leadership, and with it a leadership; undefined while the tab rests. */
  #standing: AbortController | undefined
  /** Ends the leadership from inside. */
  #leading: AbortController | undefined
  /** Aborts when this tab does not lead any more, whatever the reason. */
  #lost: AbortSignal | undefined
  /** Since it led last. */
  #hasWoken = false
  /** How often in a row, with no exchange between that succeeded: without locks, tabs would end each other's exchanges for ever. */
  #deposed = 0
  #cancelTimer: (() => void) | undefined
  #cancelDebounce: (() => void) | undefined
  /** Ends the live stream; undefined while there is none. */
  #live: AbortController | undefined

  constructor(options: SyncOptions) {
    this.#options = options
    this.#tokens = new TokenSource(options.auth, options.otherTabs)
    this.#repairs = new RepairOnce(options.logger)
    this.#retries = new DueRetries({ ...options, onRetried: () => this.hurry() })
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
    this.#standUp()
  }

  /**
   * Gives the lock up at once, and does not wait for it either, until {@link wake}: for a tab that is about to be frozen. Frozen with the lock, it
   * would keep every other tab from syncing.
   */
  rest(): void {
    this.#standing?.abort()
    this.#standing = undefined
    this.#stepDown()
  }

  /** Stands for leadership again, and exchanges at once when it gets it, unless the server asked for a wait: much may have happened. */
  wake(): void {
    if (this.#standing !== undefined) return
    const { paused } = this.#state
    // Another tab may have been told to go on meanwhile; what is stored tells.
    this.#state = { ...this.#state, paused: paused === 'told' ? undefined : paused }
    this.#hasWoken = true
    this.#standUp()
  }

  /**
   * Leads without the lock, for when whoever has it is silent: suspended, it cannot let go. Should it go on, its term is over, and nothing that it does
   * counts. Lasts until this tab gets the lock, and then leads by that, or until a later term ends this one too.
   */
  takeOver(): void {
    if (this.#standing === undefined || this.#stop.signal.aborted || this.isLeader) return
    const { logger } = this.#options
    this.#lead(AbortSignal.any([this.#stop.signal, this.#standing.signal])).catch((error: unknown) =>
      logger.error('sync: leading failed', { error: nameOfError(error) }),
    )
  }

  #standUp(): void {
    if (this.#stop.signal.aborted) return
    this.#standing = new AbortController()
    void this.#stand(AbortSignal.any([this.#stop.signal, this.#standing.signal]))
  }

  /** Something was appended, or may have come: exchange soon. */
  trigger(): void {
    if (this.#cancelDebounce !== undefined || this.#stop.signal.aborted) return
    this.#cancelDebounce = this.#options.clock.after(APPEND_DEBOUNCE_MS, () => {
      this.#cancelDebounce = undefined
      this.#input({ type: 'trigger' })
    })
  }

  /** Exchange now, whatever the backoff; but not before the time that the server asked for. */
  hurry(): void {
    this.#input({ type: 'hurry' })
  }

  /**
   * For a person, who need not wait. Resolves when an exchange has ended, well or not, that was begun after the call: one in flight may lack what was appended since. At once
   * when none can be made.
   */
  async now(): Promise<void> {
    if (!this.isLeader || this.#state.paused !== undefined) return
    const ended = this.#waiting.wait()
    this.#input({ type: 'asked' })
    await ended
  }

  /** Resolves when no request is on its way: at once where none is. One that is sent again at once is the same to whoever waits. */
  async whenIdle(): Promise<void> {
    if (this.#state.inFlight) await this.#idle.wait()
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

  /** Stands for leadership until `end` aborts. */
  async #stand(end: AbortSignal): Promise<void> {
    const { locks, lockName, logger, clock, random, storage } = this.#options
    while (!end.aborted) {
      try {
        await locks.hold(lockName, end, (lost) => this.#lead(lost))
      } catch (error) {
        if (!end.aborted) logger.error('sync: leading failed', { error: nameOfError(error) })
      }
      const more = this.#deposed && backoffMs(this.#deposed, random.next())
      if (!end.aborted) await sleep(clock, RELOCK_MS + more, end)
      await storage?.whenReady('write', end)
    }
  }

  /** @param lost aborts also when the tab stops or rests */
  async #lead(lost: AbortSignal): Promise<void> {
    const { store } = this.#options
    const term = await store.transition(async (tx, cache) => {
      const next = cache.meta.term + 1
      await tx.put('meta', { ...cache.meta, term: next })
      return next
    })
    if (lost.aborted || (this.#term ?? 0) > term) return
    // Without the lock, until now.
    if (this.isLeader) this.#stepDown()
    const { paused, urgent } = this.#state
    const stored = initialSyncState(store.known.meta)
    const state = { ...stored, paused: paused ?? stored.paused, urgent }
    this.#state = this.#hasWoken ? advanceSync(state, { type: 'hurry' }) : state
    this.#hasWoken = false
    this.#term = term
    const leading = new AbortController()
    this.#leading = leading
    const over = AbortSignal.any([lost, leading.signal])
    this.#lost = over
    this.#exchange = new Exchange({ ...this.#options, tokens: this.#tokens })
    this.#reports = new LetterReports({ reportLetters: 'codes', ...this.#options, tokens: this.#tokens })
    this.#options.onState()
    this.#step()
    await new Promise<void>((resolve) => over.addEventListener('abort', () => resolve(), { once: true }))
    // Who rested and woke may lead again by now.
    if (this.#leading === leading) this.#stepDown()
  }

  #stepDown(): void {
    const led = this.isLeader
    this.#term = undefined
    this.#exchange = undefined
    this.#reports = undefined
    // What runs in the name of this term, such as the live stream, ends with it.
    this.#leading?.abort()
    this.#leading = undefined
    this.#endLive()
    this.#cancelTimer?.()
    this.#cancelDebounce?.()
    this.#cancelDebounce = undefined
    this.#retries.stop()
    this.#state = { ...this.#state, inFlight: false }
    this.#waiting.end()
    this.#idle.end()
    if (led) this.#options.onState()
  }

  #input(input: SyncInput): void {
    const before = this.#state
    this.#state = advanceSync(this.#state, input)
    if (this.#state !== before) this.#options.onState()
    // Who is paused does not listen either; after the resume it does from the next success on.
    if (this.#state.paused !== undefined) this.#endLive()
    this.#step()
    if (!this.#state.inFlight) this.#idle.end()
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
    const asked = this.#waiting.all
    this.#input({ type: 'started' })
    const signal = this.#lost ?? this.#stop.signal
    const outcome = await runExchange(exchange, term, signal, this.#options)
    // Deposed or stopped meanwhile: what came is not ours to act on.
    if (this.#term !== term) return
    if (outcome.kind === 'succeeded') this.#deposed = 0
    if (outcome.kind === 'deposed') this.#deposed++
    if (outcome.kind === 'deposed') return this.#leading?.abort()
    if (outcome.kind === 'succeeded' && outcome.changes.length > 0) this.#options.onChanges(outcome.changes)
    if (outcome.kind === 'failed') await this.#persistFailure(outcome, term)
    else this.#input(this.#inputOf(outcome))
    if (outcome.kind === 'again') return
    this.#waiting.end(this.#state.paused === undefined ? asked : undefined)
    if (outcome.kind === 'succeeded') {
      this.#listen()
      this.#retries.watch()
      void this.#reports?.report(this.#lost ?? this.#stop.signal)
      const repair = () => exchange.repair(term, this.#lost ?? this.#stop.signal, this.#options.onChanges)
      await this.#repairs.run(repair, () => this.#term === term)
    }
  }

  #inputOf(outcome: Exclude<ExchangeOutcome, { kind: 'failed' | 'deposed' }>): SyncInput {
    if (outcome.kind === 'again') return { type: 'discarded' }
    if (outcome.kind === 'pause') return { type: 'pause', reason: outcome.reason, problem: outcome.problem }
    return { type: 'succeeded', now: this.#options.clock.now(), more: outcome.more }
  }

  /** Backoff survives a reload. Where even that cannot be stored, it holds in this tab. */
  async #persistFailure(
    { as, problem, retryAfterMs }: Extract<ExchangeOutcome, { kind: 'failed' }>,
    term: number,
  ): Promise<void> {
    const { store, clock, random, logger } = this.#options
    this.#input({ type: 'failed', kind: as, problem, now: clock.now(), random: random.next(), retryAfterMs })
    try {
      await storeBackoff(store, this.#state, term)
    } catch (error) {
      logger.debug('sync: the backoff could not be stored', { error: nameOfError(error) })
    }
  }

  #listen(): void {
    if (this.#live !== undefined || this.#lost === undefined || this.#state.paused !== undefined) return
    this.#live = new AbortController()
    const { store } = this.#options
    const options = {
      ...this.#options,
      tokens: this.#tokens,
      position: () => store.known.meta.cursor?.position ?? 0,
      onPoke: () => this.#input({ type: 'trigger' }),
      onHeard: () => this.#input({ type: 'reachable' }),
    }
    void listenLive(options, AbortSignal.any([this.#lost, this.#live.signal]))
  }

  #endLive(): void {
    this.#live?.abort()
    this.#live = undefined
  }
}
