import type { HandlerOutcome, RunHandler } from '../handler/handler-spec.ts'
import type { Notification } from './worker-api.ts'

/** Functions of durable handlers: they run on the page, in the name of its engine. */
export class PageHandlers {
  readonly #notify: (notification: Notification) => void
  readonly #runs = new Map<number, (outcome: HandlerOutcome) => void>()
  #lastRun = 0

  constructor(notify: (notification: Notification) => void) {
    this.#notify = notify
  }

  /** @param id whatever the page calls the handler */
  runOf(id: number): RunHandler {
    return (job, signal) =>
      new Promise((resolve) => {
        const run = ++this.#lastRun
        const onAbort = (): void => this.#notify({ kind: 'unhandle', run })
        this.#runs.set(run, (outcome) => {
          signal.removeEventListener('abort', onAbort)
          resolve(outcome)
        })
        signal.addEventListener('abort', onAbort, { once: true })
        this.#notify({ kind: 'handle', handler: id, run, job })
        if (signal.aborted) onAbort()
      })
  }

  /** What the page says of a run. */
  answer(run: number, outcome: HandlerOutcome): void {
    const settle = this.#runs.get(run)
    this.#runs.delete(run)
    settle?.(outcome)
  }
}
