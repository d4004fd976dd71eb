import type { Locks } from './ports.ts'

/**
 * Locks among those who share this object, first come, first served. For Node, and for browsers without Web Locks, where each tab then believes
 * that it leads: two tabs may exchange with the server at once, which the term in the storage and the server's own checks make harmless.
 */
export class LocalLocks implements Locks {
  readonly #queues = new Map<string, Promise<void>>()

  async hold(name: string, signal: AbortSignal, work: (lost: AbortSignal) => Promise<void>): Promise<void> {
    signal.throwIfAborted()
    const before = this.#queues.get(name) ?? Promise.resolve()
    let release = (): void => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const turn = before.then(() => released)
    this.#queues.set(name, turn)
    void turn.then(() => {
      if (this.#queues.get(name) === turn) this.#queues.delete(name)
    })
    try {
      await whicheverFirst(before, signal)
      await work(signal)
    } finally {
      release()
    }
  }
}

function whicheverFirst(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    void turn.then(() => {
      signal.removeEventListener('abort', giveUp)
      if (signal.aborted) reject(signal.reason)
      else resolve()
    })
  })
}
