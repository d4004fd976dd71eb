import { LETTER_LIMITS } from '../dead-letter/letter-limits.ts'
import { nameOfError } from '../errors.ts'
import type { StorableCommit } from '../event/prepare-commit.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Channel } from '../platform/ports.ts'
import type { Layer } from '../projection/projection-states.ts'
import type { Projector } from '../projection/projector.ts'
import { Snapshots } from '../snapshot/snapshots.ts'
import type { Stored } from '../store/append-transaction.ts'
import type { CommitChange } from '../store/commit-fate.ts'
import { COMPACTION_LIMITS } from '../store/compaction-plan.ts'
import type { EventStore } from '../store/event-store.ts'
import type { FoundCommit } from '../store/find-commit.ts'
import type { StorageBackend } from '../store/storage-backend.ts'
import type { StorageWatch } from '../store/storage-watch.ts'
import { AccountDesk } from './account-desk.ts'
import { AggregateDesk } from './aggregate-desk.ts'
import { NO_THRESHOLDS } from './alerts.ts'
import { BackupDesk } from './backup-desk.ts'
import { createProjector } from './create-projector.ts'
import { DeadLetterDesk } from './dead-letter-desk.ts'
import type { EngineOptions } from './engine-options.ts'
import type { EventsRequest } from './events-page.ts'
import { HandlerDesk } from './handler-desk.ts'
import { HealthDesk } from './health-desk.ts'
import { Maintenance } from './maintenance.ts'
import { oncePerTurn } from './once-per-turn.ts'
import { type OpenedStore, openStore } from './open-store.ts'
import { ProjectionDesk } from './projection-desk.ts'
import { type EventsAnswer, readEvents } from './read-events.ts'
import type { FeedBatch, FeedRequest } from './read-feed.ts'
import { SharedSync } from './shared-sync.ts'
import { isTabMessage, type TabMessage } from './tab-message.ts'
import { ViewHub } from './view-hub.ts'
import { waitForFeed } from './wait-for-feed.ts'

/** What may have changed, for whoever shows it. */
export type EngineTopic = 'commits' | 'dead-letters' | 'sync' | 'health'

/** Everything of one tab: store, projections and sync, composed. Runs in a worker, inline, in Node and in the simulator alike. */
export class Engine {
  readonly views: ViewHub
  readonly projections: ProjectionDesk
  readonly metrics: Metrics
  readonly deadLetters: DeadLetterDesk
  readonly maintenance: Maintenance
  readonly backup: BackupDesk
  readonly accounts: AccountDesk
  readonly handlers: HandlerDesk
  readonly aggregates: AggregateDesk
  readonly sync: SharedSync
  readonly health: HealthDesk
  readonly #options: EngineOptions
  readonly #storage: StorageWatch
  readonly #store: EventStore
  readonly #projector: Projector
  readonly #snapshots: Snapshots | undefined
  readonly #channel: Channel
  readonly #topicListeners = new Set<(topic: EngineTopic) => void>()
  readonly #changeListeners = new Set<(change: CommitChange) => void>()
  /** One message for all that is written in this turn. */
  readonly #announceMove = oncePerTurn(() => this.#post({ kind: 'moved' }))
  #closed = false
  /** Later than closed: what was still stored meanwhile is told. */
  #isSilent = false

  private constructor({ options, storage, store, metrics }: OpenedStore) {
    const { platform, domain, place } = options
    this.#options = options
    this.#storage = storage
    this.#store = store
    this.metrics = metrics
    this.#projector = createProjector({
      ...{ ...options, store, metrics },
      onUnreadable: () => this.#tell('health'),
      onStored: (projection) => this.#post({ kind: 'rebuilt', projection }),
    })
    this.views = new ViewHub(this.#projector, platform.clock, storage)
    this.projections = new ProjectionDesk({
      store,
      projector: this.#projector,
      views: this.views,
      catalog: domain.catalog,
    })
    this.#channel = platform.openChannel(`larder:${place}`)
    this.#channel.subscribe((message) => this.#onMessage(message))
    this.maintenance = new Maintenance({
      ...platform,
      store,
      meter: metrics,
      limits: options.compaction ?? COMPACTION_LIMITS,
      lockName: `larder:compact:${place}`,
    })
    this.#snapshots = options.snapshots && new Snapshots({ ...platform, storage: options.snapshots })
    const onDecided = (changes: readonly CommitChange[]): void => {
      this.#changed(changes)
      this.sync.hurry()
    }
    this.aggregates = new AggregateDesk({
      ...platform,
      domain,
      store,
      snapshots: this.#snapshots,
      append: (commit, given) => this.append(commit, given),
      isLeader: () => this.sync.isLeader,
      onDecided,
    })
    this.backup = new BackupDesk({ store, clock: platform.clock, domain: domain.version })
    this.accounts = new AccountDesk({
      ...{ ...platform, ...options, store, domain: domain.version },
      ...{ close: () => this.close(), onDestroyed: () => this.#post({ kind: 'destroyed' }) },
    })
    this.deadLetters = new DeadLetterDesk({
      ...platform,
      store,
      domainVersion: domain.version,
      maxAttempts: options.maxAttempts ?? 3,
      whenIdle: () => this.sync.whenIdle(),
      onDecided,
    })
    this.handlers = new HandlerDesk({
      ...platform,
      store,
      backend: storage,
      storage,
      catalog: domain.catalog,
      meter: metrics,
      lockName: (handler) => `larder:handler:${place}:${handler}`,
      maxAttempts: options.maxAttempts ?? 3,
    })
    this.sync = this.#createSync(options)
    this.health = new HealthDesk({
      ...platform,
      ...{ store, metrics, projector: this.#projector, sync: this.sync, deadLetters: this.deadLetters },
      ...{ storage, domainVersion: domain.version },
      limits: options.letterLimits ?? LETTER_LIMITS,
      thresholds: options.alerts ?? NO_THRESHOLDS,
      onChange: () => this.#tell('health'),
      onDropped: onDecided,
    })
    store.subscribe(({ change, own }) => this.#onStoreChange(change.reset, change.pending.length > 0, own))
    storage.onChange(() => {
      this.#tell('health')
      // What others wrote while it could not be read.
      if (storage.problem === undefined) void this.#follow()
    })
  }

  /** @throws LarderError what {@link EventStore.open} throws */
  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(await openStore(options))
    engine.sync.start()
    engine.maintenance.start()
    engine.health.start()
    return engine
  }

  /** What this tab knows of the log. */
  get known(): EventStore['known'] {
    return this.#store.known
  }

  /** Stores a commit; resolves when it is on disk. */
  append(commit: StorableCommit, options: { lookUp?: boolean } = {}): Promise<Stored> {
    return this.#store.append(commit, options)
  }

  /** The state of a projection; sees every append that was acknowledged, in any tab, before the call. */
  async get(projection: string, key: string, layer: Layer): Promise<unknown> {
    this.#projector.projection(projection)
    await this.#store.refresh()
    return this.#projector.state(projection, key, layer)
  }

  events(request: EventsRequest): Promise<EventsAnswer> {
    return readEvents(this.#store, this.#options.domain.catalog, request)
  }

  /** The next events behind a cursor. Resolves when there are some, when `signal` aborts, or after `waitMs`. */
  feed(request: FeedRequest, waitMs: number, signal: AbortSignal): Promise<FeedBatch> {
    const { clock } = this.#options.platform
    const source = { store: this.#store, storage: this.#storage, catalog: this.#options.domain.catalog, clock }
    return waitForFeed(source, request, waitMs, signal)
  }

  find(commitId: string): Promise<FoundCommit | undefined> {
    return this.#store.find(commitId)
  }

  refresh(): Promise<void> {
    return this.#store.refresh()
  }

  onTopic(listener: (topic: EngineTopic) => void): () => void {
    this.#topicListeners.add(listener)
    return () => this.#topicListeners.delete(listener)
  }

  onChange(listener: (change: CommitChange) => void): () => void {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  get storageMode(): StorageBackend['mode'] {
    return this.#options.backend.mode
  }

  /** Lets appends that were accepted finish, then lets go of lock, channel and storage. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.sync.stop()
    this.maintenance.stop()
    this.health.stop()
    await Promise.all([this.handlers.stop(), this.aggregates.stop()])
    await this.#store.close()
    this.#isSilent = true
    this.views.close()
    await this.#projector.close()
    await this.#snapshots?.close()
    this.#channel.close()
    this.#topicListeners.clear()
    this.#changeListeners.clear()
  }

  #createSync({ sync, platform, domain, place, maxAttempts, reportLetters }: EngineOptions): SharedSync {
    const post = (message: TabMessage) => this.#post(message)
    const shared = { ...platform, store: this.#store, post, onStatus: () => this.#onStatus() }
    if (sync === undefined) return new SharedSync(shared, undefined)
    return new SharedSync(shared, {
      ...platform,
      store: this.#store,
      storage: this.#storage,
      transport: sync.transport,
      auth: sync.auth,
      lockName: `larder:sync:${place}`,
      meter: this.metrics,
      domain: domain.version,
      maxAttempts: maxAttempts ?? 3,
      reportLetters: reportLetters ?? 'codes',
      onChanges: (changes) => this.#changed(changes),
    })
  }

  #onStatus(): void {
    this.#tell('sync')
    this.health.onSync()
  }

  #onStoreChange(reset: boolean, queued: boolean, own: boolean): void {
    if (reset || queued) {
      this.#tell('commits')
      this.#tell('sync')
      this.#tell('health')
    }
    if (reset) this.#tell('dead-letters')
    if (own && queued) this.sync.trigger()
    if (own) this.#announceMove()
  }

  #changed(changes: readonly CommitChange[]): void {
    this.#tellChanges(changes)
    this.#post({ kind: 'changes', changes })
  }

  #tellChanges(changes: readonly CommitChange[]): void {
    for (const change of changes) for (const listener of this.#changeListeners) listener(change)
  }

  #onMessage(message: unknown): void {
    if (this.#closed || !isTabMessage(message)) return
    if (message.kind === 'moved') void this.#follow()
    else if (message.kind === 'changes') this.#tellChanges(message.changes)
    else if (message.kind === 'destroyed') void this.close()
    else if (message.kind === 'rebuilt') void this.#projector.adopt(message.projection)
    else this.sync.onMessage(message)
  }

  async #follow(): Promise<void> {
    try {
      await this.#store.refresh()
      this.sync.trigger()
    } catch (error) {
      if (!this.#closed)
        this.#options.platform.logger.error('engine: another tab wrote, and it could not be read', {
          error: nameOfError(error),
        })
    }
  }

  #tell(topic: EngineTopic): void {
    for (const listener of this.#topicListeners) listener(topic)
  }

  #post(message: TabMessage): void {
    if (!this.#isSilent) this.#channel.post(message)
  }
}
