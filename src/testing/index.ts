/** The entry for tests: what shows that a custom storage backend keeps the port's promises. */
export type { LogTables, TableKeys, TableName } from '../store/records.ts'
export type {
  KeyRange,
  OpenStorage,
  SegmentIndex,
  StorageBackend,
  StorageTransaction,
} from '../store/storage-backend.ts'
export { storageContract } from './contract/storage-contract.ts'
export type { StoragePlace } from './contract/storage-place.ts'
export type { TestRunner } from './contract/test-runner.ts'
