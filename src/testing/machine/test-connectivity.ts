import type { Connectivity } from '../../platform/ports.ts'

/** Whether there is a network, as the test says. At first there is. */
export class TestConnectivity implements Connectivity {
  readonly #listeners = new Set<(online: boolean) => void>()
  #online = true

  online(): boolean {
    return this.#online
  }

  subscribe(listener: (online: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells all who listen. Nothing is cut off by it: a transport goes on as it did. */
  set(online: boolean): void {
    this.#online = online
    for (const listener of this.#listeners) listener(online)
  }
}
