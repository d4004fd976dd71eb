import type { Locks } from './ports.ts'

/** Locks among all tabs and workers of the origin. The browser frees those of a tab that is closed or crashes. */
export class WebLocks implements Locks {
  readonly #manager: Pick<LockManager, 'request'>

  constructor(manager: Pick<LockManager, 'request'>) {
    this.#manager = manager
  }

  async hold(name: string, signal: AbortSignal, work: (lost: AbortSignal) => Promise<void>): Promise<void> {
    const stolen = new AbortController()
    const running: Promise<void>[] = []
    try {
      await this.#manager.request(name, { signal }, () => {
        // Once granted, the request's signal does nothing any more: ending is up to the work.
        const done = work(AbortSignal.any([signal, stolen.signal]))
        running.push(done)
        return done
      })
    } catch (error) {
      // A stolen lock rejects the request while the work still runs. It is over when the work is.
      stolen.abort(error)
      await Promise.all(running)
      throw error
    }
  }
}
