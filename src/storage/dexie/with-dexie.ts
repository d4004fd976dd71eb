import type { CheckpointStorage, FirstLook } from '../../projection/checkpoint-storage.ts'
import type { SnapshotStorage } from '../../snapshot/snapshot-storage.ts'
import type { StorageBackend } from '../../store/storage-backend.ts'
import type { DerivedDatabaseOptions } from './derived-database.ts'
import { type IndexedDbOptions, openIndexedDb } from './dexie-backend.ts'
import { openCheckpoints } from './dexie-checkpoints.ts'
import { openSnapshots } from './dexie-snapshots.ts'
import { dexieMaker } from './make-databases.ts'

// With Dexie in the same file, whether a database has to be made or not.

export type DexieStorageOptions = Omit<IndexedDbOptions, 'maker'>

const maker = async () => dexieMaker

/** See {@link openIndexedDb}. */
export function openDexieStorage(name: string, options: DexieStorageOptions): Promise<StorageBackend> {
  return openIndexedDb(name, { ...options, maker })
}

export function openDexieCheckpoints(
  name: string,
  options: Omit<DerivedDatabaseOptions, 'maker'> = {},
): CheckpointStorage & FirstLook {
  return openCheckpoints(name, { ...options, maker })
}

export function openDexieSnapshots(name: string, options: Omit<DerivedDatabaseOptions, 'maker'> = {}): SnapshotStorage {
  return openSnapshots(name, { ...options, maker })
}
