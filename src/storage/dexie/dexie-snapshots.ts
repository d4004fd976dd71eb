import type { Dexie, Table } from 'dexie'
import { type Snapshot, type SnapshotStorage, supersedes } from '../../snapshot/snapshot-storage.ts'
import { type DerivedDatabaseOptions, openDerivedDatabase } from './derived-database.ts'

/** Snapshots beside the checkpoints. */
export function openDexieSnapshots(name: string, options: DerivedDatabaseOptions = {}): SnapshotStorage {
  return new DexieSnapshots(openDerivedDatabase(name, options))
}

class DexieSnapshots implements SnapshotStorage {
  readonly #dexie: Dexie
  readonly #snapshots: Table<Snapshot, [string, string]>

  constructor(dexie: Dexie) {
    this.#dexie = dexie
    this.#snapshots = dexie.table('snapshots')
  }

  async load(aggregate: string, stream: string): Promise<Snapshot | undefined> {
    return this.#snapshots.get([aggregate, stream])
  }

  async save(snapshot: Snapshot, refused?: Snapshot): Promise<void> {
    await this.#dexie.transaction('rw', this.#snapshots, async () => {
      const stored = await this.#snapshots.get([snapshot.aggregate, snapshot.stream])
      if (supersedes(snapshot, stored, refused)) await this.#snapshots.put(snapshot)
    })
  }

  close(): void {
    this.#dexie.close()
  }
}
