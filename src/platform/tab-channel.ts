import type { Channel } from './ports.ts'

/** A channel to the other tabs of this origin; where the machine has none, one that nobody hears. */
export function openTabChannel(name: string): Channel {
  return typeof BroadcastChannel === 'undefined' ? SILENT : new TabChannel(name)
}

const SILENT: Channel = { post: () => {}, subscribe: () => () => {}, close: () => {} }

class TabChannel implements Channel {
  readonly #native: BroadcastChannel
  readonly #listeners = new Set<(message: unknown) => void>()
  #closed = false

  constructor(name: string) {
    this.#native = new BroadcastChannel(name)
    this.#native.onmessage = ({ data }: MessageEvent<unknown>) => {
      for (const listener of this.#listeners) listener(data)
    }
    // In Node an open channel would keep the process alive.
    if ('unref' in this.#native && typeof this.#native.unref === 'function') this.#native.unref()
  }

  post(message: unknown): void {
    // Posting to a closed one throws, and a tab that closes may still have something under way.
    if (!this.#closed) this.#native.postMessage(message)
  }

  subscribe(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#closed = true
    this.#listeners.clear()
    this.#native.close()
  }
}
