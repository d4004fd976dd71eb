import { isLarderError } from '../errors.ts'
import type { HandlerJob, HandlerOutcome, HandlerSpec } from '../handler/handler-spec.ts'
import type { Envelope } from '../protocol/wire-error.ts'
import type { Notification, WorkerApi } from '../protocol/worker-api.ts'
import type { CallOptions } from './client-options.ts'

/** What runs on the page for one job; rejects when it fails. */
export type PageHandler = (job: HandlerJob, signal: AbortSignal) => Promise<void>

interface Registered {
  readonly spec: HandlerSpec
  readonly handler: PageHandler
  /** The worker that was asked to run it. */
  askedOf: WorkerApi | undefined
}

type Call = (work: (api: WorkerApi) => Promise<Envelope<void>>, options?: CallOptions) => Promise<void>

/** So much of what a handler threw is kept. */
const MESSAGE_UNITS = 1000

/** The durable handlers of this page, across all the workers that it may have one after the other. */
export class HandlerRuns {
  readonly #registered = new Map<number, Registered>()
  readonly #runs = new Map<number, AbortController>()
  readonly #call: Call
  #nextId = 1

  constructor(call: Call) {
    this.#call = call
  }

  /**
   * `ready` resolves when its place in the log is stored, `stop` when what it has done is. Undefined where the page has one of this name.
   */
  handle(spec: HandlerSpec, handler: PageHandler): { ready: Promise<void>; stop: () => Promise<void> } | undefined {
    for (const { spec: known } of this.#registered.values()) if (known.name === spec.name) return undefined
    const id = this.#nextId++
    this.#registered.set(id, { spec, handler, askedOf: undefined })
    return {
      ready: this.#register(id),
      stop: async () => {
        // Where the worker is gone, so is what it would have had to end.
        if (!this.#registered.delete(id)) return
        // The engine waits for what runs, within a limit of its own.
        await this.#call((api) => api.unregisterHandler(id), { extraMs: Infinity }).catch(() => undefined)
      },
    }
  }

  /** With a new worker. */
  registerAll(): void {
    // Whatever fails is tried again by the engine, or by the worker after it.
    for (const id of this.#registered.keys()) this.#register(id).catch(() => undefined)
  }

  /** A worker that is slow to take it up is no reason to end it. */
  #register(id: number): Promise<void> {
    return this.#call((api) => this.#ask(id, api), { extraMs: Infinity })
  }

  /** Asks a worker to run it. Asks none twice, and for none that is gone by now. */
  async #ask(id: number, api: WorkerApi): ReturnType<WorkerApi['registerHandler']> {
    const registered = this.#registered.get(id)
    if (registered === undefined || registered.askedOf === api) return { ok: true, value: undefined }
    registered.askedOf = api
    return api.registerHandler(id, registered.spec)
  }

  run({ handler: id, run, job }: Extract<Notification, { kind: 'handle' }>, api: WorkerApi): void {
    const end = new AbortController()
    this.#runs.set(run, end)
    void this.#outcome(id, job, end.signal).then((outcome) => {
      // Of a worker that is gone nobody waits for it any more.
      if (this.#runs.get(run) !== end) return
      this.#runs.delete(run)
      api.answerHandler(run, outcome).catch(() => undefined)
    })
  }

  /** It is asked to end; how it does is answered all the same, for an engine that waits a little. */
  end(run: number): void {
    this.#runs.get(run)?.abort()
  }

  /** The worker is gone, or is being closed. */
  endAll(): void {
    for (const run of this.#runs.keys()) this.end(run)
    this.#runs.clear()
  }

  async #outcome(id: number, job: HandlerJob, signal: AbortSignal): Promise<HandlerOutcome> {
    const registered = this.#registered.get(id)
    if (registered === undefined) return { ok: false, code: 'aborted', message: 'It was ended', retryable: true }
    try {
      await registered.handler(job, signal)
      return { ok: true }
    } catch (error) {
      const code = isLarderError(error) ? error.code : 'handler-failed'
      const message = error instanceof Error ? error.message : String(error)
      return { ok: false, code, message: message.slice(0, MESSAGE_UNITS), retryable: true }
    }
  }
}
