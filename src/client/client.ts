import { isLarderError, LarderError } from '../errors.ts'
import { type AppendOptions, type PreparedCommit, prepareCommit } from '../event/prepare-commit.ts'
import type { NewEvent } from '../event/recorded-event.ts'
import type { Platform } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import { type Envelope, fromWireError, toWireError } from '../protocol/wire-error.ts'
import type {
  Lifecycle,
  Notification,
  Opened,
  OpenRequest,
  Subscription,
  Told,
  WorkerApi,
} from '../protocol/worker-api.ts'
import type { Stored } from '../store/append-transaction.ts'
import type { Connect, Connection } from './connection.ts'
import { Heartbeat } from './heartbeat.ts'
import { PendingCalls } from './pending-calls.ts'

export interface ClientOptions {
  readonly domain: Domain
  readonly platform: Platform
  readonly connect: Connect
  readonly request: OpenRequest
  readonly auth: (() => Promise<string>) | undefined
}

interface Listener {
  readonly subscription: Subscription
  readonly told: (payload: Told[keyof Told]) => void
  readonly failed: (error: unknown) => void
}

/** Workers are replaced when they die, but one that dies at once again and again is not. */
const MAX_RESPAWNS = 3

/**
 * The page's side of a store. Every call settles: with an answer, or with a typed error when the worker dies. A dead worker is replaced, and
 * subscriptions go on with the new one.
 */
export class Client {
  readonly #options: ClientOptions
  readonly #listeners = new Map<number, Listener>()
  readonly #pending = new PendingCalls()
  #connection: Promise<Connection> | undefined
  /** The one that is in use, or being opened. */
  #current: Connection | undefined
  #opened: Opened | undefined
  #heartbeat: Heartbeat | undefined
  #nextId = 1
  #respawns = 0
  #closing: Promise<void> | undefined

  private constructor(options: ClientOptions) {
    this.#options = options
  }

  /** @throws LarderError `worker-unavailable`, `worker-mismatch`, and what opening the storage throws */
  static async open(options: ClientOptions): Promise<Client> {
    const client = new Client(options)
    await client.#connected()
    return client
  }

  get opened(): Opened {
    if (this.#opened === undefined) throw closedError()
    return this.#opened
  }

  get domain(): Domain {
    return this.#options.domain
  }

  get platform(): Platform {
    return this.#options.platform
  }

  /** Checks everything about the events before anything leaves the page. */
  prepare(events: NewEvent | readonly NewEvent[], options: AppendOptions): PreparedCommit {
    const { platform, domain } = this.#options
    return prepareCommit(events, options, {
      catalog: domain.catalog,
      now: () => platform.clock.now(),
      newId: () => platform.ids.next(),
    })
  }

  async append(events: NewEvent | readonly NewEvent[], options: AppendOptions): Promise<Stored> {
    if (this.#isClosed) throw closedError()
    const commit = this.prepare(events, options)
    try {
      return await this.call((api) => api.append(commit, options.id !== undefined))
    } catch (error) {
      // The id tells the next worker whether the last one had stored it.
      if (isLarderError(error, 'worker-crashed') && !this.#isClosed) return this.call((api) => api.append(commit, true))
      throw error
    }
  }

  /** @throws LarderError whatever the engine answers, `worker-crashed`, `closed` */
  async call<T>(work: (api: WorkerApi) => Promise<Envelope<T>>): Promise<T> {
    if (this.#isClosed) throw closedError()
    return this.#call(work)
  }

  async #call<T>(work: (api: WorkerApi) => Promise<Envelope<T>>): Promise<T> {
    const connection = await this.#connected()
    this.#heartbeat?.start()
    const envelope = await this.#pending.guard(work(connection.api)).catch((error: unknown) => {
      throw isLarderError(error) ? error : untransferable(error)
    })
    if (envelope.ok) return envelope.value
    throw fromWireError(envelope.error)
  }

  /** Tells `told` until the function that it answers is called. */
  subscribe<K extends keyof Told>(
    subscription: Subscription & { to: K },
    told: (payload: Told[K]) => void,
    failed: (error: unknown) => void,
  ): () => void {
    const id = this.#nextId++
    // What is told under an id is what its subscription asked for.
    this.#listeners.set(id, { subscription, told: told as Listener['told'], failed })
    this.#subscribe(id)
    return () => {
      if (this.#listeners.delete(id) && !this.#isClosed) this.call((api) => api.unsubscribe(id)).catch(() => undefined)
    }
  }

  lifecycle(event: Lifecycle): void {
    if (!this.#isClosed) this.call((api) => api.lifecycle(event)).catch(() => undefined)
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
    await this.#call((api) => api.close()).catch(() => undefined)
    this.#heartbeat?.stop()
    this.#current?.end()
    this.#pending.rejectAll(closedError())
    const listeners = [...this.#listeners.values()]
    this.#listeners.clear()
    for (const { failed } of listeners) failed(closedError())
  }

  #subscribe(id: number): void {
    const listener = this.#listeners.get(id)
    if (listener === undefined) return
    this.call((api) => api.subscribe(id, listener.subscription)).catch((error: unknown) => {
      // With the next worker it is made anew.
      if (!isLarderError(error, 'worker-crashed') && this.#listeners.has(id)) listener.failed(error)
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
    const connection = await this.#options.connect((notification) => this.#onNotification(notification))
    this.#current = connection
    void connection.gone.then(() => this.#onGone(connection))
    const envelope = await this.#pending.guard(connection.api.open(this.#options.request))
    if (!envelope.ok) {
      this.#current = undefined
      connection.end()
      throw fromWireError(envelope.error)
    }
    this.#opened = envelope.value
    this.#heartbeat = this.#watch(connection)
    return connection
  }

  #watch(connection: Connection): Heartbeat {
    return new Heartbeat({
      clock: this.#options.platform.clock,
      ping: () => connection.api.ping(),
      isNeeded: () => this.#pending.size > 0,
      onSilent: () => this.#onGone(connection),
    })
  }

  /** The worker died, or hangs: nothing that waits for it will be answered. */
  #onGone(connection: Connection): void {
    if (this.#current !== connection) return
    this.#current = undefined
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
    connection.end()
    this.#pending.rejectAll(crashedError())
    if (this.#isClosed) return
    this.#connection = undefined
    this.#options.platform.logger.error('client: the worker died')
    if (this.#respawns++ >= MAX_RESPAWNS) {
      this.#failAll(new LarderError('worker-unavailable', 'The worker died again and again: reload the page', {}))
      return
    }
    this.#options.platform.clock.after(60_000, () => {
      this.#respawns = 0
    })
    for (const id of this.#listeners.keys()) this.#subscribe(id)
  }

  #failAll(error: LarderError): void {
    // First: who is told may call at once, and must not open another.
    this.#connection = Promise.reject(error)
    this.#connection.catch(() => undefined)
    for (const { failed } of [...this.#listeners.values()]) failed(error)
  }

  #onNotification(notification: Notification): void {
    if (notification.kind === 'told') this.#listeners.get(notification.id)?.told(notification.payload)
    else void this.#answerAuth(notification.id)
  }

  async #answerAuth(id: number): Promise<void> {
    const { auth } = this.#options
    try {
      const token = await (auth?.() ??
        Promise.reject(new LarderError('auth-required', 'No auth function was given to openLarder({ sync })', {})))
      await this.call((api) => api.answerAuth(id, { token }))
    } catch (error) {
      await this.call((api) => api.answerAuth(id, { error: toWireError(error) })).catch(() => undefined)
    }
  }
}

function crashedError(): LarderError<'worker-crashed'> {
  return new LarderError(
    'worker-crashed',
    'The worker died before it answered: whether it was stored is not known. Append it again with the same id',
    {
      details: { outcome: 'unknown' },
    },
  )
}

/** Comlink's own: what was to be sent cannot be cloned. */
function untransferable(cause: unknown): LarderError<'internal'> {
  const sentence = 'What was to be sent between page and worker cannot be copied: build states of plain data'
  return new LarderError('internal', sentence, { cause })
}

function closedError(): LarderError<'closed'> {
  return new LarderError('closed', 'This Larder is closed: open it again to go on', {})
}
