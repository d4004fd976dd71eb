/**
 * What Larder needs of the machine, as small interfaces. `browser-platform.ts` and `node-platform.ts` hold the real ones; the simulator has
 * its own, under virtual time. Nothing else in `src` names a clock, a timer, a random source, the network or a lock.
 */

export interface Clock {
  /** ms since 1970. May jump, also backwards: a person can set it. */
  now(): number
  /** ms that only grow; for measuring and for deadlines. */
  monotonic(): number
  /** Runs `task` once after at least `delayMs`; answers a function that cancels it. */
  after(delayMs: number, task: () => void): () => void
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
}

export interface Ids {
  /** A fresh lower-case UUIDv7, monotonic within this instance. */
  next(): string
}

export interface Locks {
  /**
   * Waits for the lock, then runs `work` and holds the lock until it settles. `signal` gives up waiting, and tells running work to end.
   * Work is told through its own signal when the lock is lost or `signal` aborts. A lock alone does not fence: see `term`.
   */
  hold(name: string, signal: AbortSignal, work: (lost: AbortSignal) => Promise<void>): Promise<void>
}

/** Says things to the other tabs of this origin. Best effort: nothing may depend on a message arriving. */
export interface Channel {
  post(message: unknown): void
  subscribe(listener: (message: unknown) => void): () => void
  close(): void
}

export interface Connectivity {
  /** False only when the machine knows that there is no network. */
  online(): boolean
  subscribe(listener: (online: boolean) => void): () => void
}

/**
 * Encodes segments of the log that are kept for years. The real one is gzip; one that encrypts would fit as well.
 */
export interface Codec {
  /** Stored with what it encoded; a store that meets another name cannot read it. */
  readonly name: string
  encode(bytes: Uint8Array): Promise<Uint8Array>
  /** Rejects when `bytes` are not something that it encoded, or when they would become more than `plainBytes`. */
  decode(bytes: Uint8Array, plainBytes: number): Promise<Uint8Array>
}

export interface Logger {
  error(message: string, facts?: Readonly<Record<string, unknown>>): void
  info(message: string, facts?: Readonly<Record<string, unknown>>): void
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void
}

export interface TransportRequest {
  /** Path below the sync URL, such as `exchange`. */
  readonly path: string
  readonly body: string
  readonly token: string | undefined
  readonly signal: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whether the answer came from another origin than asked. */
  readonly redirected: boolean
}

export interface Transport {
  /** Rejects when no answer came; every answer, whatever its status, resolves. */
  post(request: TransportRequest): Promise<TransportResponse>
  /**
   * Listens for pokes until `signal` aborts or the stream ends; resolves when it ended, rejects when it could not be opened or broke. Where
   * the server refused it, the error has its HTTP status as `status`.
   * `onMessage` gets the data of each server-sent event, and `undefined` for each heartbeat.
   */
  listen(
    request: { readonly path: string; readonly token: string | undefined; readonly signal: AbortSignal },
    onMessage: (data: string | undefined) => void,
  ): Promise<void>
}

export interface Platform {
  readonly clock: Clock
  readonly random: Random
  readonly ids: Ids
  readonly locks: Locks
  readonly connectivity: Connectivity
  readonly logger: Logger
  readonly openChannel: (name: string) => Channel
  /** Resolves in another turn, when what waits has had its own. Never held up, as timers are in a hidden tab. */
  readonly nextTurn: () => Promise<void>
  /** For what is kept for years; undefined where the machine has none. */
  readonly codec: Codec | undefined
}
