import { Mutex } from '../store/mutex.ts'
import { tellingSilence } from '../store/silence.ts'

/**
 * Tasks of one name run one after another, those of different names side by side. Where the storage did not answer one, those behind it are given up with
 * it, and not begun.
 */
export class Turns {
  readonly #queues = new Map<string, { readonly mutex: Mutex; waiting: number }>()

  async take<T>(name: string, task: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(name) ?? { mutex: new Mutex(), waiting: 0 }
    this.#queues.set(name, queue)
    queue.waiting++
    try {
      return await queue.mutex.run(() => tellingSilence(task(), (error) => queue.mutex.refuseWaiting(error)))
    } finally {
      if (--queue.waiting === 0) this.#queues.delete(name)
    }
  }
}
