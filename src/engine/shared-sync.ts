import type { Clock, Ids } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { within } from '../store/within.ts'
import { SyncEngine } from '../sync/sync-engine.ts'
import type { SyncOptions } from '../sync/sync-options.ts'
import type { SyncState } from '../sync/sync-state.ts'
import type { SyncStatus } from '../sync/sync-status.ts'
import { describeSync } from './describe-sync.ts'
import { LeaderWatch } from './leader-watch.ts'
import { type PastProblem, ProblemHistory } from './problem-history.ts'
import type { TabMessage } from './tab-message.ts'
import { TabTokens } from './tab-tokens.ts'

/** How long a tab waits for the leading tab to answer. */
const LEADER_ANSWER_MS = 35_000

export interface SharedSyncOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly ids: Ids
  readonly post: (message: TabMessage) => void
  readonly onStatus: () => void
}

/** Sync as every tab sees it: done by the tab that leads, steered and shown by all. */
export class SharedSync {
  readonly #options: SharedSyncOptions
  readonly #engine: SyncEngine | undefined
  readonly #tokens: TabTokens | undefined
  readonly #watch: LeaderWatch | undefined
  readonly #answers = new Map<string, () => void>()
  readonly #history: ProblemHistory
  /** What the leading tab said last, where that is another. */
  #leaderState: SyncState | undefined

  /** @param sync undefined for a store that was opened without */
  constructor(options: SharedSyncOptions, sync: Omit<SyncOptions, 'onState' | 'otherTabs'> | undefined) {
    this.#options = options
    this.#history = new ProblemHistory(() => options.clock.now())
    if (sync === undefined) return
    this.#tokens = new TabTokens({ ...options, ...sync, lockName: `${sync.lockName}:auth` })
    this.#engine = new SyncEngine({ ...sync, otherTabs: this.#tokens, onState: () => this.#onState() })
    this.#watch = new LeaderWatch({
      clock: options.clock,
      isLeader: () => this.isLeader,
      ask: () => options.post({ kind: 'sync-there?' }),
      onSilent: () => this.#engine?.takeOver(),
    })
  }

  start(): void {
    this.#engine?.start()
    this.#watch?.start()
    this.#options.post({ kind: 'sync-state?' })
  }

  stop(): void {
    this.#engine?.stop()
    this.#watch?.stop()
    this.#tokens?.stop()
    for (const end of [...this.#answers.values()]) end()
  }

  /** Whether this tab is the one that talks to the server. */
  get isLeader(): boolean {
    return this.#engine?.isLeader === true
  }

  status(): SyncStatus {
    const { known } = this.#options.store
    const isLocal = known.meta.authority === 'local'
    const isLeader = this.#engine?.isLeader === true
    return describeSync({
      isLocal,
      isPaused: !isLocal && this.#engine === undefined,
      isLeader,
      state: this.#state,
      known,
    })
  }

  /** ms since 1970, whichever tab it was in. */
  get lastSuccessAt(): number | undefined {
    return this.#state?.lastSuccessAt ?? this.#options.store.known.meta.lastSuccessAt
  }

  /** Code of what the last exchange failed for. */
  get problem(): string | undefined {
    return this.#state?.problem?.code
  }

  /** The last failures, oldest first. */
  get problems(): readonly PastProblem[] {
    return this.#history.all
  }

  /** Of the tab that leads, as far as it is known. */
  get #state(): SyncState | undefined {
    return this.#engine?.isLeader === true ? this.#engine.state : (this.#leaderState ?? this.#engine?.state)
  }

  /** Something was appended, here or in another tab. */
  trigger(): void {
    this.#engine?.trigger()
  }

  /** See {@link SyncEngine.hurry}; in whichever tab leads. */
  hurry(): void {
    if (this.#engine?.isLeader === true) this.#engine.hurry()
    else this.#options.post({ kind: 'sync-hurry' })
  }

  /** Resolves when an exchange has ended, in whichever tab leads; at the latest after 35 s. */
  async now(): Promise<void> {
    if (this.#engine === undefined) return
    if (this.#engine.isLeader) return this.#engine.now()
    await this.#askLeader('sync-now')
  }

  /** Resolves when no request is on its way, in whichever tab leads; at the latest after 35 s. */
  async whenIdle(): Promise<void> {
    if (this.#engine === undefined) return
    if (this.#engine.isLeader) return this.#engine.whenIdle()
    await this.#askLeader('sync-idle?')
  }

  async #askLeader(kind: 'sync-now' | 'sync-idle?'): Promise<void> {
    const { ids, clock, post } = this.#options
    const id = ids.next()
    const answer = new Promise<void>((resolve) => this.#answers.set(id, resolve))
    post({ kind, id })
    await within(clock, LEADER_ANSWER_MS, answer)
    this.#answers.delete(id)
  }

  /** Pauses at once, in every tab; resolves when that is stored, and so survives a reload. */
  async pause(): Promise<void> {
    if (this.#engine === undefined) return
    this.#engine.pause()
    this.#options.post({ kind: 'sync-pause' })
    await this.#remember(true)
  }

  /** Goes on at once, whatever the pause was for. */
  async resume(): Promise<void> {
    if (this.#engine === undefined) return
    this.#engine.resume()
    this.#options.post({ kind: 'sync-resume' })
    await this.#remember(false)
    // It may have begun to lead meanwhile, from what was stored until now.
    if (this.#engine.state.paused === 'told' && this.#options.store.known.meta.paused !== true) this.#engine.resume()
  }

  /** See {@link SyncEngine.rest}. */
  rest(): void {
    this.#engine?.rest()
    this.#watch?.rest()
  }

  wake(): void {
    this.#engine?.wake()
    this.#watch?.start()
    // What the others said meanwhile was not heard.
    this.#options.post({ kind: 'sync-state?' })
  }

  onMessage(message: TabMessage): void {
    switch (message.kind) {
      case 'sync-state':
        this.#watch?.heard()
        this.#leaderState = message.state
        this.#history.note(message.state)
        this.#options.onStatus()
        return
      case 'sync-state?':
        this.#tellState()
        this.#tokens?.onMessage(message)
        // A tab is there that was not: perhaps one in which somebody has signed in.
        if (this.#engine?.isLeader === true && this.#engine.state.paused === 'auth-required') this.#engine.resume()
        return
      case 'sync-there?':
        this.#tellState()
        return
      case 'sync-hurry':
        if (this.#engine?.isLeader === true) this.#engine.hurry()
        return
      case 'sync-now':
        if (this.#engine?.isLeader === true)
          void this.#engine.now().then(() => this.#options.post({ kind: 'sync-done', id: message.id }))
        return
      case 'sync-idle?':
        if (this.#engine?.isLeader === true)
          void this.#engine.whenIdle().then(() => this.#options.post({ kind: 'sync-done', id: message.id }))
        return
      case 'sync-done':
        this.#answers.get(message.id)?.()
        return
      case 'sync-pause':
        this.#engine?.pause()
        return
      case 'sync-resume':
        this.#engine?.resume()
        return
      case 'token?':
      case 'token-done':
      case 'token-answer':
        this.#tokens?.onMessage(message)
        return
      default:
        return
    }
  }

  /** By what is stored, not by what this tab knows: another may have said the opposite just now. What is stored so already needs no room. */
  async #remember(paused: boolean): Promise<void> {
    const { store } = this.#options
    await store.refresh()
    if ((store.known.meta.paused ?? false) === paused) return
    await store.transition(async (tx, { meta }) => {
      if ((meta.paused ?? false) !== paused) await tx.put('meta', { ...meta, paused })
    })
  }

  #onState(): void {
    if (this.#engine !== undefined) this.#history.note(this.#engine.state)
    this.#options.onStatus()
    this.#tellState()
  }

  #tellState(): void {
    if (this.#engine?.isLeader === true) this.#options.post({ kind: 'sync-state', state: this.#engine.state })
  }
}
