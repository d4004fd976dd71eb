import { type Snapshot, type SnapshotStorage, supersedes } from '../../snapshot/snapshot-storage.ts'

/** Snapshots of one device, for tests: several tabs share one. */
export class MemorySnapshots implements SnapshotStorage {
  readonly #snapshots = new Map<string, Snapshot>()

  async load(aggregate: string, stream: string): Promise<Snapshot | undefined> {
    return structuredClone(this.#snapshots.get(keyOf(aggregate, stream)))
  }

  async save(snapshot: Snapshot, refused?: Snapshot): Promise<void> {
    const key = keyOf(snapshot.aggregate, snapshot.stream)
    const copy = structuredClone(snapshot)
    if (supersedes(snapshot, this.#snapshots.get(key), refused)) this.#snapshots.set(key, copy)
  }

  close(): void {
    // What is in memory needs no closing.
  }
}

function keyOf(aggregate: string, stream: string): string {
  return JSON.stringify([aggregate, stream])
}
