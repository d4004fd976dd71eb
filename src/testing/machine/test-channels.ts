import type { Channel } from '../../platform/ports.ts'

/** The BroadcastChannels of one device, in this thread: a message reaches all others of the same name, in order, as a copy. */
export class TestChannels {
  readonly #members = new Map<string, Set<TestChannel>>()

  open(name: string): Channel {
    const members = this.#members.get(name) ?? new Set()
    this.#members.set(name, members)
    return new TestChannel(members)
  }
}

class TestChannel implements Channel {
  readonly #members: Set<TestChannel>
  readonly #listeners = new Set<(message: unknown) => void>()

  constructor(members: Set<TestChannel>) {
    this.#members = members
    members.add(this)
  }

  post(message: unknown): void {
    if (!this.#members.has(this)) return
    const copy: unknown = structuredClone(message)
    for (const member of this.#members) if (member !== this) queueMicrotask(() => member.#hear(copy))
  }

  subscribe(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#members.delete(this)
    this.#listeners.clear()
  }

  #hear(message: unknown): void {
    for (const listener of this.#listeners) listener(message)
  }
}
