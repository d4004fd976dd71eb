/** Runs tasks one after another, in the order in which they came. A task that throws does not stop the next. */
export class Mutex {
  #last: Promise<void> = Promise.resolve()
  /** Of tasks that have not begun. */
  readonly #waiting = new Set<(reason: unknown) => void>()

  run<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject)
      this.#last = this.#last.then(async () => {
        if (!this.#waiting.delete(reject)) return
        try {
          resolve(await task())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** Those that wait now reject with this, at once, and are never begun. */
  refuseWaiting(reason: unknown): void {
    for (const refuse of this.#waiting) refuse(reason)
    this.#waiting.clear()
  }

  /** Resolves when all that was to be run has ended. */
  whenIdle(): Promise<void> {
    return this.#last
  }
}
