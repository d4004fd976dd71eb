import { closedError, isLarderError, type LarderError } from '../errors.ts'
import { type AppendOptions, type PrepareContext, type PreparedCommit, prepareCommit } from '../event/prepare-commit.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { Platform } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import { type Envelope, fromWireError } from '../protocol/wire-error.ts'
import type { Lifecycle, Opened, Subscription, Told, WorkerApi } from '../protocol/worker-api.ts'
import { type Appended, AppendGate } from './append-gate.ts'
import { untransferable } from './call-errors.ts'
import { OPENING, termsOf } from './call-terms.ts'
import { type CallOptions, type ClientOptions, DEFAULT_CALL_TIMEOUT_MS, requestOf } from './client-options.ts'
import { connectAndOpen } from './connect-and-open.ts'
import type { Connection } from './connection.ts'
import { Deaths } from './deaths.ts'
import type { HandlerRuns } from './handler-runs.ts'
import { Heartbeat } from './heartbeat.ts'
import { PageDuties } from './page-duties.ts'
import { PendingCalls } from './pending-calls.ts'
import { StoredListeners } from './stored-listeners.ts'
import { Subscriptions } from './subscriptions.ts'
import { writeOnce } from './write-once.ts'

/**
 * The page's side of a store. Every call settles: with an answer, or with a typed error when the worker dies, hangs or does not answer in time.
 * A dead worker is replaced, and subscriptions go on with the new one.
 */
export class Client {
  readonly domain: Domain
  readonly platform: Platform
  /** How long a call waits for its answer, in ms. */
  readonly callTimeoutMs: number
  readonly #options: ClientOptions
  readonly #subscriptions = new Subscriptions()
  readonly #pending: PendingCalls
  readonly #gate = new AppendGate((work) => this.call(work, { writes: true }))
  readonly #duties: PageDuties
  /** Of what this page stores. */
  readonly stored = new StoredListeners()
  #connection: Promise<Connection> | undefined
  /** The one that is in use, or being opened. */
  #current: Connection | undefined
  /** Of a worker that is not known to be up yet, and is being told to open. */
  #arriving: WorkerApi | undefined
  #opened: Opened | undefined
  #heartbeat: Heartbeat | undefined
  readonly #deaths = new Deaths()
  #closing: Promise<void> | undefined
  #isDisposed = false

  private constructor(options: ClientOptions) {
    this.#options = options
    const { domain, platform, callTimeoutMs = DEFAULT_CALL_TIMEOUT_MS } = options
    this.domain = domain
    this.platform = platform
    this.callTimeoutMs = callTimeoutMs
    this.#pending = new PendingCalls(options.platform.clock)
    this.#duties = new PageDuties({
      ...options,
      subscriptions: this.#subscriptions,
      api: () => this.#current?.api ?? this.#arriving,
      call: (work, given) => this.call(work, given),
    })
  }

  /** @throws LarderError `worker-unavailable`, `worker-mismatch`, and what opening the storage throws */
  static open(options: ClientOptions): Promise<Client> {
    return Client.openWith(options, (client) => client)
  }

  /** The same; what is put around it is made while it opens. */
  static async openWith<T>(options: ClientOptions, around: (client: Client) => T): Promise<T> {
    const client = new Client(options)
    const connecting = client.#connectedAtLast()
    connecting.catch(() => undefined)
    try {
      const made = around(client)
      await connecting
      return made
    } catch (error) {
      client.#dispose()
      throw error
    }
  }

  /** A worker that dies while it is opened is replaced like any other, and as often. */
  async #connectedAtLast(): Promise<Connection> {
    return this.#connected().catch((error: unknown) => {
      if (isLarderError(error, 'worker-crashed')) return this.#connectedAtLast()
      throw error
    })
  }

  get opened(): Opened {
    if (this.#opened === undefined) throw closedError()
    return this.#opened
  }

  /** Checks everything about the events before anything leaves the page. */
  prepare(events: NewEvent | readonly NewEvent[], options: AppendOptions): PreparedCommit {
    return prepareCommit(events, options, this.prepareContext)
  }

  get prepareContext(): PrepareContext {
    const { clock, ids } = this.platform
    const { catalog, middleware } = this.domain
    return { catalog, middleware, now: () => clock.now(), newId: () => ids.next() }
  }

  async append(events: NewEvent | readonly NewEvent[], options: AppendOptions): Promise<Appended> {
    if (this.#isClosed) throw closedError()
    return this.appendPrepared(this.prepare(events, options), options.id !== undefined)
  }

  /**
   * @param lookUp a commit of this id may be stored already
   * @param isOurs whoever may have stored it, it was this call, or one before it that was not told so
   */
  async appendPrepared(commit: PreparedCommit, lookUp: boolean, isOurs = !lookUp): Promise<Appended> {
    const stored = await writeOnce(commit.id, lookUp, (again) => this.#gate.append(commit, again))
    if (isOurs || stored.wasThere !== true) this.stored.announce(commit.events)
    return stored
  }

  /** @throws LarderError `closed` */
  get handlers(): HandlerRuns {
    if (this.#isClosed) throw closedError()
    return this.#duties.handlers
  }

  /** @throws LarderError whatever the engine answers, `worker-crashed`, `worker-unavailable`, `timeout`, `closed` */
  async call<T>(work: (api: WorkerApi) => Promise<Envelope<T>>, options?: CallOptions): Promise<T> {
    if (this.#isClosed) throw closedError()
    return this.#call(work, options)
  }

  async #call<T>(work: (api: WorkerApi) => Promise<Envelope<T>>, options: CallOptions = {}): Promise<T> {
    // With the wait for a worker that is just being opened.
    const envelope = await this.#pending.guard(
      this.#ask(work),
      termsOf(this.callTimeoutMs, options, () => this.#ask(work)),
    )
    if (envelope.ok) return envelope.value
    throw fromWireError(envelope.error)
  }

  async #ask<T>(work: (api: WorkerApi) => Promise<Envelope<T>>): Promise<Envelope<T>> {
    const connection = await this.#connected()
    this.#heartbeat?.start()
    return work(connection.api).catch((error: unknown) => {
      throw isLarderError(error) ? error : untransferable(error)
    })
  }

  /** Tells `told` until the function that it answers is called. */
  subscribe<K extends keyof Told>(
    subscription: Subscription & { to: K },
    told: (payload: Told[K]) => void,
    failed: (error: unknown) => void,
  ): () => void {
    const id = this.#subscriptions.add(subscription, told, failed)
    this.#subscribe(id)
    return () => {
      if (this.#subscriptions.delete(id) && !this.#isClosed)
        this.call((api) => api.unsubscribe(id)).catch(() => undefined)
    }
  }

  /** Tells the worker what happens to the page, at once. One that is still being opened is not told: it does nothing yet. */
  lifecycle(event: Lifecycle): void {
    if (this.#isClosed) return
    // By the page itself: its worker may hear of it only when it goes on.
    if (event === 'freeze' || event === 'pagehide') this.#duties.releaseLocks()
    this.#current?.lifecycle(event)
  }

  /** Lets what is under way finish, then frees the worker; what waits still is told that this is closed. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  get #isClosed(): boolean {
    return this.#closing !== undefined
  }

  async #close(): Promise<void> {
    // Where there is no worker, none is made for this.
    const drained =
      this.#connection === undefined ||
      (await this.#call((api) => api.close()).then(
        () => true,
        () => false,
      ))
    this.#dispose()
    // What was still under way has been answered before, or nobody knows how it went.
    if (drained) this.#pending.rejectAll(closedError())
    else this.#pending.abandonAll()
    this.#subscriptions.end(closedError())
  }

  #dispose(): void {
    this.#isDisposed = true
    this.#heartbeat?.stop()
    this.#duties.end()
    this.#current?.end()
  }

  #subscribeAll(): void {
    this.#duties.handlers.registerAll()
    for (const id of this.#subscriptions.ids) this.#subscribe(id)
  }

  #subscribe(id: number): void {
    // A worker that is slow to take it up is no reason to end it.
    this.call((api) => this.#subscriptions.ask(id, api), { extraMs: Infinity }).catch((error: unknown) => {
      // With the next worker it is made anew.
      if (!isLarderError(error, 'worker-crashed')) this.#subscriptions.fail(id, error)
    })
  }

  #connected(): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection
    const opening = this.#open().catch((error: unknown) => {
      // Another may have taken its place: a worker that dies while it is opened is replaced at once.
      if (this.#connection === opening) this.#connection = undefined
      throw error
    })
    this.#connection = opening
    return opening
  }

  async #open(): Promise<Connection> {
    const { connection, opened } = await connectAndOpen(
      this.#options.connect,
      requestOf(this.#options, this.#opened),
      (notification) => this.#duties.take(notification),
      (api) => this.#onArriving(api),
    )
    if (this.#isDisposed) {
      // Nobody waits for it any more, and nobody else would end it.
      this.#onArriving(undefined)
      connection.end()
      throw closedError()
    }
    this.#current = connection
    this.#arriving = undefined
    void connection.gone.then(() => this.#onGone(connection))
    const heartbeat = new Heartbeat({
      clock: this.platform.clock,
      ping: () => connection.api.ping(),
      isNeeded: () => this.#pending.size > 0,
      onSilent: () => this.#onGone(connection),
    })
    this.#heartbeat = heartbeat
    const opening = this.#pending.guard(opened(), OPENING)
    heartbeat.start()
    const envelope = await opening
    if (!envelope.ok) {
      this.#current = undefined
      heartbeat.stop()
      connection.end()
      throw fromWireError(envelope.error)
    }
    this.#opened = envelope.value
    // Also those that failed because the worker before this one could not be opened.
    if (!this.#isClosed) this.#subscribeAll()
    return connection
  }

  #onArriving(api: WorkerApi | undefined): void {
    this.#arriving = api
    // What one that never came has asked for.
    if (api === undefined) this.#duties.end()
  }

  /** The worker died, or hangs: nothing that waits for it will be answered. */
  #onGone(connection: Connection): void {
    if (this.#current !== connection) return
    this.#current = undefined
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
    this.#duties.end()
    connection.end()
    if (this.#isClosed) {
      this.#pending.abandonAll()
      return
    }
    this.#connection = undefined
    const { clock, logger } = this.platform
    logger.error('client: the worker died')
    const whyLast = this.#deaths.whyLast(clock.monotonic(), this.#opened?.mode)
    if (whyLast === undefined) {
      this.#pending.loseAll()
      this.#subscribeAll()
    } else this.#failAll(whyLast)
  }

  #failAll(error: LarderError): void {
    // First: who is told may call at once, and must not open another.
    this.#connection = Promise.reject(error)
    this.#connection.catch(() => undefined)
    this.#subscriptions.failAll(error)
    this.#pending.abandonAll()
  }
}
