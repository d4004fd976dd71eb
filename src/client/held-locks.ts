import type { Locks } from '../platform/ports.ts'

/** The locks that this page holds, or waits for, in the name of its worker; see {@link PageLocks}. */
export class HeldLocks {
  readonly #locks: Locks
  readonly #answer: (id: number, is: 'held' | 'lost') => void
  readonly #ends = new Map<number, AbortController>()

  constructor(locks: Locks, answer: (id: number, is: 'held' | 'lost') => void) {
    this.#locks = locks
    this.#answer = answer
  }

  hold(id: number, name: string): void {
    // Of a worker before this one, whose numbers began at the same.
    this.release(id)
    const end = new AbortController()
    this.#ends.set(id, end)
    const work = async (lost: AbortSignal) => {
      this.#answer(id, 'held')
      await new Promise((resolve) => lost.addEventListener('abort', resolve, { once: true }))
    }
    const ended = () => {
      // Not let go of by us: taken away.
      if (this.#ends.get(id) !== end) return
      this.#ends.delete(id)
      this.#answer(id, 'lost')
    }
    this.#locks.hold(name, end.signal, work).then(ended, ended)
  }

  release(id: number): void {
    const end = this.#ends.get(id)
    this.#ends.delete(id)
    end?.abort()
  }

  /** Lets go of all within this turn. */
  releaseAll(): void {
    for (const id of [...this.#ends.keys()]) this.release(id)
  }
}
