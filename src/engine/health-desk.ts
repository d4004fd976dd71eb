import type { LetterLimits } from '../dead-letter/letter-limits.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Clock, Logger } from '../platform/ports.ts'
import type { Projector } from '../projection/projector.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import type { EventStore } from '../store/event-store.ts'
import type { StorageWatch } from '../store/storage-watch.ts'
import type { AlertThresholds } from './alerts.ts'
import type { DeadLetterDesk } from './dead-letter-desk.ts'
import { describeHealth, type EngineHealth, faultRevision } from './health.ts'
import { LetterKeeper } from './letter-keeper.ts'
import type { SharedSync } from './shared-sync.ts'
import { StallWatch } from './stall-watch.ts'
import { describeSupport, type EngineSupport } from './support-bundle.ts'

export interface HealthDeskOptions {
  readonly store: EventStore
  readonly clock: Clock
  readonly logger: Logger
  readonly projector: Projector
  readonly sync: SharedSync
  readonly deadLetters: DeadLetterDesk
  readonly metrics: Metrics
  readonly storage: StorageWatch
  /** Version of the app's domain. */
  readonly domainVersion: string
  readonly limits: LetterLimits
  readonly thresholds: AlertThresholds
  /** It is another than before. */
  readonly onChange: () => void
  readonly onDropped: (changes: readonly CommitChange[]) => void
}

/** How the store stands, watched and told. */
export class HealthDesk {
  readonly #options: HealthDeskOptions
  readonly #keeper: LetterKeeper
  readonly #stall: StallWatch
  /** As of when it was told last. */
  #faults = ''
  #problem: string | undefined

  constructor(options: HealthDeskOptions) {
    const { projector, store, sync, onChange } = options
    this.#options = options
    this.#keeper = new LetterKeeper({ ...options, onAlerts: onChange })
    this.#stall = new StallWatch({ ...options, lastSuccessAt: () => sync.lastSuccessAt })
    projector.onTouched(() => this.#watchFaults())
    store.damages.subscribe(onChange)
  }

  start(): void {
    this.#keeper.look()
    this.#stall.look()
  }

  stop(): void {
    this.#keeper.stop()
    this.#stall.stop()
  }

  /** Sync stands otherwise than before. */
  onSync(): void {
    this.#stall.look()
    const { problem } = this.#options.sync
    if (problem !== this.#problem) this.#options.onChange()
    this.#problem = problem
  }

  describe(): EngineHealth {
    const { projector, store, sync, storage, domainVersion: domain } = this.#options
    const facts = { storage, domain, alerts: this.#keeper.alerts, isStalled: this.#stall.isStalled }
    return describeHealth(projector, store, sync.status(), facts)
  }

  support(): EngineSupport {
    const { store, clock, sync, deadLetters, metrics, domainVersion: domain } = this.#options
    return describeSupport({
      ...{ domain, now: clock.now(), known: store.known, status: sync.status(), problems: sync.problems },
      ...{ health: this.describe(), letters: deadLetters.list(), metrics: metrics.report() },
    })
  }

  #watchFaults(): void {
    const faults = faultRevision(this.#options.projector)
    if (faults !== this.#faults) this.#options.onChange()
    this.#faults = faults
  }
}
