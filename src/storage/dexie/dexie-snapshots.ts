import type { Dexie, Table } from 'dexie'
import { type Snapshot, type SnapshotStorage, supersedes } from '../../snapshot/snapshot-storage.ts'
import { type DerivedDatabaseOptions, openDerivedDatabase } from './derived-database.ts'

/** Snapshots beside the checkpoints. */
export function openDexieSnapshots(name: string, options: DerivedDatabaseOptions = {}): SnapshotStorage {
  return new DexieSnapshots(() => openDerivedDatabase(name, options))
}

class DexieSnapshots implements SnapshotStorage {
  readonly #open: () => Dexie
  #dexie: Dexie | undefined

  /** @param open called when a snapshot is first asked for: many an app has no aggregate */
  constructor(open: () => Dexie) {
    this.#open = open
  }

  async load(aggregate: string, stream: string): Promise<Snapshot | undefined> {
    return this.#opened().snapshots.get([aggregate, stream])
  }

  async save(snapshot: Snapshot, refused?: Snapshot): Promise<void> {
    const { dexie, snapshots } = this.#opened()
    await dexie.transaction('rw', snapshots, async () => {
      const stored = await snapshots.get([snapshot.aggregate, snapshot.stream])
      if (supersedes(snapshot, stored, refused)) await snapshots.put(snapshot)
    })
  }

  close(): void {
    this.#dexie?.close()
  }

  #opened(): { dexie: Dexie; snapshots: Table<Snapshot, [string, string]> } {
    this.#dexie ??= this.#open()
    return { dexie: this.#dexie, snapshots: this.#dexie.table('snapshots') }
  }
}
