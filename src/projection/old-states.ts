import type { StoredCheckpoint } from './checkpoint-storage.ts'
import type { AnyProjection } from './define-projection.ts'
import type { Layer } from './projection-states.ts'

/** What a view reads. */
export interface ShownStates {
  state(key: string, layer: Layer): unknown
  /** Whether there is a state of this key to be shown. */
  has(key: string, layer: Layer): boolean
  /** Keys with a state, sorted. */
  keys(layer: Layer): readonly string[]
}

/** The states that another version of a definition has left, made readable by its `showOld`. They do not move on. */
export class OldStates implements ShownStates {
  readonly #states = new Map<string, unknown>()

  /** What `showOld` throws at is not shown: it is a courtesy, and the new states are on their way. */
  constructor({ showOld }: AnyProjection, { head, states }: StoredCheckpoint) {
    for (const [key, old] of states) {
      try {
        const state = showOld?.(old, head.version)
        if (state !== undefined) this.#states.set(key, state)
      } catch {
        // Left out.
      }
    }
  }

  state(key: string): unknown {
    return this.#states.get(key)
  }

  has(key: string): boolean {
    return this.#states.has(key)
  }

  keys(): readonly string[] {
    return [...this.#states.keys()].sort()
  }
}
