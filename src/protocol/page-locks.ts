import type { Locks } from '../platform/ports.ts'
import type { Notification } from './worker-api.ts'

/**
 * Locks that the page holds for its worker. A worker is frozen together with its page, and hears of it too late to let go of anything; the page is
 * told before, and lets go itself. Both end together, and a page whose worker died lets go as well.
 */
export class PageLocks implements Locks {
  readonly #notify: (notification: Notification) => void
  readonly #requests = new Map<number, { readonly held: () => void; readonly lost: () => void }>()
  #lastId = 0

  constructor(notify: (notification: Notification) => void) {
    this.#notify = notify
  }

  async hold(name: string, signal: AbortSignal, work: (lost: AbortSignal) => Promise<void>): Promise<void> {
    signal.throwIfAborted()
    const id = ++this.#lastId
    const lost = new AbortController()
    const over = AbortSignal.any([signal, lost.signal])
    const held = new Promise<void>((resolve, reject) => {
      over.addEventListener('abort', () => reject(over.reason), { once: true })
      this.#requests.set(id, { held: resolve, lost: () => lost.abort(lostError()) })
    })
    this.#notify({ kind: 'lock', id, name })
    try {
      await held
      await work(over)
      lost.signal.throwIfAborted()
    } finally {
      this.#requests.delete(id)
      this.#notify({ kind: 'unlock', id })
    }
  }

  /** What the page says of a lock that it was asked for. */
  answer(id: number, is: 'held' | 'lost'): void {
    this.#requests.get(id)?.[is]()
  }
}

function lostError(): DOMException {
  return new DOMException('The page does not hold the lock any more', 'AbortError')
}
