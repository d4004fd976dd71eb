/** Calls that wait for an answer, so that they can be ended together when none will come. */
export class PendingCalls {
  readonly #rejections = new Set<(error: unknown) => void>()

  get size(): number {
    return this.#rejections.size
  }

  /** Settles like `answer`, or rejects when {@link rejectAll} is called first. */
  guard<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#rejections.add(reject)
      answer.then(resolve, reject).finally(() => this.#rejections.delete(reject))
    })
  }

  rejectAll(error: unknown): void {
    for (const reject of this.#rejections) reject(error)
    this.#rejections.clear()
  }
}
