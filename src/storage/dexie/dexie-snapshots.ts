import { type Snapshot, type SnapshotStorage, supersedes } from '../../snapshot/snapshot-storage.ts'
import { DerivedDatabase, type DerivedDatabaseOptions } from './derived-database.ts'
import { answerOf } from './requests.ts'

const TABLE = 'snapshots'

/** Snapshots beside the checkpoints. */
export function openSnapshots(name: string, options: DerivedDatabaseOptions): SnapshotStorage {
  return new Snapshots(new DerivedDatabase(name, options))
}

class Snapshots implements SnapshotStorage {
  readonly #database: DerivedDatabase

  constructor(database: DerivedDatabase) {
    this.#database = database
  }

  load(aggregate: string, stream: string): Promise<Snapshot | undefined> {
    return this.#database.transact('readonly', [TABLE], (tx) =>
      answerOf<Snapshot | undefined>(tx.objectStore(TABLE).get([aggregate, stream])),
    )
  }

  save(snapshot: Snapshot, refused?: Snapshot): Promise<void> {
    return this.#database.transact('readwrite', [TABLE], async (tx) => {
      const table = tx.objectStore(TABLE)
      const stored = await answerOf<Snapshot | undefined>(table.get([snapshot.aggregate, snapshot.stream]))
      if (supersedes(snapshot, stored, refused)) await answerOf(table.put(snapshot))
    })
  }

  close(): void {
    this.#database.close()
  }
}
