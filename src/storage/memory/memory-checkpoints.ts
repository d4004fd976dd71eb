import {
  type CheckpointChange,
  type CheckpointFacts,
  type CheckpointHead,
  type CheckpointStorage,
  type FirstLook,
  isSameHead,
  type LoadedCheckpoint,
} from '../../projection/checkpoint-storage.ts'

interface Kept {
  head: CheckpointHead | undefined
  states: Map<string, unknown>
  wanted: number
}

/** Checkpoints of one device, for tests: several tabs share one. */
export class MemoryCheckpoints implements CheckpointStorage, FirstLook {
  /** By projection and version. */
  readonly #kept = new Map<string, Map<number, Kept>>()
  #first: string | undefined

  async load(projection: string, version: number): Promise<LoadedCheckpoint> {
    return this.#load(projection, version)
  }

  #load(projection: string, version: number): LoadedCheckpoint {
    const versions = this.#kept.get(projection)
    const own = versions?.get(version)
    const others = [...(versions ?? [])].flatMap(([each, { head }]) =>
      each === version || head === undefined ? [] : [head],
    )
    const stored = own?.head === undefined ? undefined : { head: own.head, states: [...own.states] }
    return structuredClone({ stored, others, wanted: own?.wanted ?? 0 })
  }

  async save({ expected, next, states, replaces }: CheckpointChange): Promise<CheckpointHead | undefined> {
    const kept = this.#of(next.projection, next.version)
    if (!isSameHead(kept.head, expected)) return kept.head
    const copy = structuredClone(states)
    if (replaces) kept.states.clear()
    for (const [key, state] of copy) kept.states.set(key, state)
    kept.head = structuredClone(next)
    if (next.build >= kept.wanted) kept.wanted = 0
    return next
  }

  async want(projection: string, version: number): Promise<number> {
    const kept = this.#of(projection, version)
    kept.wanted = Math.max(kept.wanted, (kept.head?.build ?? 0) + 1)
    return kept.wanted
  }

  async forget(projection: string, version: number): Promise<void> {
    this.#kept.get(projection)?.delete(version)
  }

  async facts(projection: string, version: number): Promise<CheckpointFacts> {
    const { stored, others, wanted } = this.#load(projection, version)
    return { head: stored?.head, others, wanted }
  }

  async first(): Promise<string | undefined> {
    return this.#first
  }

  async noteFirst(projection: string): Promise<void> {
    this.#first = projection
  }

  close(): void {
    // What is in memory needs no closing.
  }

  #of(projection: string, version: number): Kept {
    const versions = this.#kept.get(projection) ?? new Map<number, Kept>()
    this.#kept.set(projection, versions)
    const kept = versions.get(version) ?? { head: undefined, states: new Map<string, unknown>(), wanted: 0 }
    versions.set(version, kept)
    return kept
  }
}
