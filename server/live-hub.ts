/** What a poke says. */
export interface Poke {
  readonly epoch: string
  readonly head: number
}

export interface LiveListener {
  poke(poke: Poke): void
  end(): void
}

/** Who listens for pokes in this process, by account. A poke that gets lost costs only time: devices also ask by themselves. */
export class LiveHub {
  readonly #listeners = new Map<string, Set<LiveListener>>()

  subscribe(account: string, listener: LiveListener): () => void {
    const listeners = this.#listeners.get(account) ?? new Set<LiveListener>()
    this.#listeners.set(account, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(account) === listeners) this.#listeners.delete(account)
    }
  }

  publish(account: string, poke: Poke): void {
    for (const listener of this.#listeners.get(account) ?? []) listener.poke(poke)
  }

  countOf(account: string): number {
    return this.#listeners.get(account)?.size ?? 0
  }

  /** Ends every stream. */
  close(): void {
    for (const listener of [...this.#listeners.values()].flatMap((listeners) => [...listeners])) listener.end()
  }
}
