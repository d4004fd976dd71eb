import { Dexie } from 'dexie'

export interface DerivedDatabaseOptions {
  /** Default: the global one. */
  readonly indexedDB?: IDBFactory
  readonly IDBKeyRange?: typeof IDBKeyRange
}

/**
 * The database of what can be folded again, beside the log's: relaxed durability, and a failure here must never be one of the log. Whoever uses a part
 * of it opens a connection of its own.
 */
export function openDerivedDatabase(name: string, options: DerivedDatabaseOptions): Dexie {
  const dexie = new Dexie(`${name}/derived`, { ...options, cache: 'disabled', chromeTransactionDurability: 'relaxed' })
  // One state of each projection, whatever its version. It is folded again.
  dexie.version(1).stores({ heads: 'projection', states: '[projection+key]' })
  dexie.version(2).stores({
    heads: null,
    states: null,
    versionHeads: '[projection+version]',
    versionStates: '[projection+version+key]',
    wanted: '[projection+version]',
    snapshots: '[aggregate+stream]',
  })
  // A row for each state took too long to read when there are thousands. They are folded again.
  dexie.version(3).stores({
    versionHeads: null,
    versionStates: null,
    checkpoints: '[projection+version]',
    checkpointRows: '[projection+version+row]',
  })
  // Rows of 30 states still did. All under new names: Dexie opens a version that it does not know all the same, and an app from before must not read these.
  dexie.version(4).stores({
    checkpoints: null,
    checkpointRows: null,
    checkpointHeads: '[projection+version]',
    checkpointStates: '[projection+version+row]',
  })
  dexie.version(5).stores({ firsts: 'id' })
  return dexie
}
