import { Dexie } from 'dexie'

/** Where a database is made. */
export interface Factories {
  readonly indexedDB: IDBFactory
  readonly IDBKeyRange: typeof IDBKeyRange
}

/** What a log is made with. It is given: a file that this one shared with the engine would be one more to wait for at every start. */
export interface LogSchema {
  readonly version: number
  /** In Dexie's words. */
  readonly tables: Readonly<Record<string, string>>
}

/** Makes databases, and upgrades those that an earlier version has made: what a store that opens needs only then. */
export interface DatabaseMaker {
  /** An open connection. Rejects with what Dexie does. */
  log(name: string, factories: Factories, schema: LogSchema): Making
  derived(name: string, factories: Factories): Making
}

export interface Making {
  readonly opened: Promise<IDBDatabase>
  /** Nobody waits for it any more. */
  close(): void
}

export const dexieMaker: DatabaseMaker = {
  log: (name, factories, { version, tables }) => {
    const dexie = createDexie(name, factories)
    dexie.version(version).stores(tables)
    return making(dexie)
  },
  derived: (name, factories) => {
    const dexie = createDexie(name, factories)
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
    // It is deleted with its log.
    dexie.on('versionchange', () => {
      dexie.close()
      return false
    })
    return making(dexie)
  },
}

function createDexie(name: string, factories: Factories): Dexie {
  const dexie = new Dexie(name, { autoOpen: false, cache: 'disabled', ...factories })
  // False keeps Dexie from telling the console, and from closing by itself.
  dexie.on('blocked', () => false)
  dexie.on('versionchange', () => false)
  return dexie
}

function making(dexie: Dexie): Making {
  return {
    opened: Promise.resolve(dexie.open()).then(() => dexie.backendDB()),
    close: () => dexie.close(),
  }
}
