import { LarderError } from '../errors.ts'
import type { Platform } from '../platform/ports.ts'
import { type Envelope, toWireError } from '../protocol/wire-error.ts'
import type { Notification, WorkerApi } from '../protocol/worker-api.ts'
import type { Auth } from '../sync/token-source.ts'
import type { CallOptions } from './client-options.ts'
import { HandlerRuns } from './handler-runs.ts'
import { HeldLocks } from './held-locks.ts'
import type { Subscriptions } from './subscriptions.ts'

export interface PageDutiesOptions {
  readonly platform: Platform
  readonly auth: Auth | undefined
  readonly subscriptions: Subscriptions
  /** The worker that is in use, if any. */
  readonly api: () => WorkerApi | undefined
  readonly call: (work: (api: WorkerApi) => Promise<Envelope<void>>, options?: CallOptions) => Promise<void>
}

/** What the page does because its worker asks for it: holds locks, gives tokens, runs handlers, tells those who watch. */
export class PageDuties {
  readonly #options: PageDutiesOptions
  readonly #locks: HeldLocks
  readonly handlers: HandlerRuns

  constructor(options: PageDutiesOptions) {
    this.#options = options
    this.handlers = new HandlerRuns(options.call)
    this.#locks = new HeldLocks(options.platform.locks, (id, is) => {
      options
        .api()
        ?.answerLock(id, is)
        .catch(() => undefined)
    })
  }

  take(notification: Notification): void {
    switch (notification.kind) {
      case 'told':
        this.#options.subscriptions.tell(notification.id, notification.payload)
        return
      case 'auth':
        void this.#answerAuth(notification.id)
        return
      case 'lock':
        this.#locks.hold(notification.id, notification.name)
        return
      case 'unlock':
        this.#locks.release(notification.id)
        return
      case 'handle':
        this.#run(notification)
        return
      case 'unhandle':
        this.handlers.end(notification.run)
    }
  }

  /** Within this turn. */
  releaseLocks(): void {
    this.#locks.releaseAll()
  }

  /** The worker is gone. */
  end(): void {
    this.#locks.releaseAll()
    this.handlers.endAll()
  }

  #run(notification: Extract<Notification, { kind: 'handle' }>): void {
    const api = this.#options.api()
    if (api !== undefined) this.handlers.run(notification, api)
  }

  async #answerAuth(id: number): Promise<void> {
    const { auth, call } = this.#options
    try {
      const token = await (auth?.() ??
        Promise.reject(new LarderError('auth-required', 'No auth function was given to openLarder({ sync })', {})))
      await call((api) => api.answerAuth(id, { token }))
    } catch (error) {
      await call((api) => api.answerAuth(id, { error: toWireError(error) })).catch(() => undefined)
    }
  }
}
