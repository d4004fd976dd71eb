import type { Clock } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'
import { commitsToPush } from '../sync/build-request.ts'

/** So long nothing may have got on before it is said. */
export const STALL_AFTER_MS = 2 * 60_000

export interface StallWatchOptions {
  readonly store: EventStore
  readonly clock: Clock
  /** ms since 1970: the last time that the server answered and the answer was applied, in whichever tab. */
  readonly lastSuccessAt: () => number | undefined
  /** It is, or is no longer, stalled. */
  readonly onChange: () => void
}

/**
 * Notices that commits wait and nothing gets on, for whatever reason. Counts by the monotonic clock, so that a person who sets the time neither hides a stall
 * nor makes one.
 */
export class StallWatch {
  readonly #options: StallWatchOptions
  readonly #unsubscribe: () => void
  #lastSuccessAt: number | undefined
  #cancel: (() => void) | undefined
  #isStalled = false
  #isStopped = false

  constructor(options: StallWatchOptions) {
    this.#options = options
    this.#unsubscribe = options.store.subscribe(() => this.look())
  }

  get isStalled(): boolean {
    return this.#isStalled
  }

  /** Cheap, however long the outbox is, unless an exchange has succeeded since. */
  look(): void {
    if (this.#isStopped) return
    const { store, clock, lastSuccessAt } = this.#options
    const { pending, meta } = store.known
    if (meta.authority === 'local' || pending.records.length === 0) {
      this.#end()
      return
    }
    const last = lastSuccessAt()
    const isFirst = this.#cancel === undefined && !this.#isStalled
    const gotOn = last !== this.#lastSuccessAt && this.#canGetOn
    this.#lastSuccessAt = last
    if (!isFirst && !gotOn) return
    this.#end()
    this.#cancel = clock.after(STALL_AFTER_MS, () => {
      this.#cancel = undefined
      this.#isStalled = true
      this.#options.onChange()
    })
  }

  stop(): void {
    this.#isStopped = true
    this.#unsubscribe()
    this.#cancel?.()
  }

  /** An exchange that succeeds does nothing for commits that wait for something else. */
  get #canGetOn(): boolean {
    const { known } = this.#options.store
    return (
      commitsToPush(known).length > 0 ||
      known.pending.records.some(({ verdict }) => verdict?.status === 'accepted' || verdict?.status === 'duplicate')
    )
  }

  #end(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (!this.#isStalled) return
    this.#isStalled = false
    this.#options.onChange()
  }
}
