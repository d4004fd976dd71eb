import type { PackedEvents } from '../event/packed-events.ts'

export interface StoredListener {
  readonly wants: (type: string) => boolean
  readonly tell: (events: PackedEvents) => void
}

/** Who is told of the events of each commit that this page has stored. */
export class StoredListeners {
  readonly #listeners = new Set<StoredListener>()

  add(listener: StoredListener): void {
    this.#listeners.add(listener)
  }

  /** Whether anybody would look at events of one of these types. */
  want(types: Iterable<string>): boolean {
    const all = [...types]
    return [...this.#listeners].some(({ wants }) => all.some(wants))
  }

  announce(events: PackedEvents): void {
    for (const { wants, tell } of this.#listeners) if (events.types.some(wants)) tell(events)
  }
}
