import {
  type CheckpointChange,
  type CheckpointHead,
  type CheckpointStorage,
  isSameHead,
  type StoredCheckpoint,
} from '../../projection/checkpoint-storage.ts'

/** Checkpoints of one device, for tests: several tabs share one. */
export class MemoryCheckpoints implements CheckpointStorage {
  readonly #heads = new Map<string, CheckpointHead>()
  readonly #states = new Map<string, Map<string, unknown>>()

  async load(projection: string): Promise<StoredCheckpoint | undefined> {
    const head = this.#heads.get(projection)
    return head === undefined ? undefined : structuredClone({ head, states: [...(this.#states.get(projection) ?? [])] })
  }

  async save({ expected, next, states, replaces }: CheckpointChange): Promise<CheckpointHead | undefined> {
    const { projection } = next
    const stored = this.#heads.get(projection)
    if (!isSameHead(stored, expected)) return stored
    const copy = structuredClone(states)
    const kept = replaces ? new Map<string, unknown>() : (this.#states.get(projection) ?? new Map<string, unknown>())
    for (const [key, state] of copy) kept.set(key, state)
    this.#states.set(projection, kept)
    this.#heads.set(projection, next)
    return next
  }

  close(): void {
    // What is in memory needs no closing.
  }
}
