/** Those who wait for something that happens again and again. */
export class Waiters {
  readonly #waiting = new Set<() => void>()

  /** Resolves the next time. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  /** Those who wait by now: for {@link end}, which then leaves out who comes later. */
  get all(): readonly (() => void)[] {
    return [...this.#waiting]
  }

  end(those: readonly (() => void)[] = this.all): void {
    for (const resolve of those) {
      this.#waiting.delete(resolve)
      resolve()
    }
  }
}
