/** The entry for tests: a store in the test's hands, given/when/then, faults, a simulator, and suites for what users implement themselves. */
export type { LogTables, TableKeys, TableName } from '../store/records.ts'
export type {
  KeyRange,
  OpenStorage,
  SegmentIndex,
  StorageBackend,
  StorageTransaction,
} from '../store/storage-backend.ts'
export type { Prng } from './chance/prng.ts'
export { seededIds } from './chance/seeded-ids.ts'
export { seededRandom } from './chance/seeded-random.ts'
export { storageContract } from './contract/storage-contract.ts'
export type { StoragePlace } from './contract/storage-place.ts'
export type { TestRunner } from './contract/test-runner.ts'
export { checkedCodec } from './machine/checked-codec.ts'
export { TestMachine, type TestMachineOptions } from './machine/test-machine.ts'
export { createTestLarder, type TestLarder, type TestLarderOptions } from './test-larder.ts'
export { type Instead, TestServer, type TestServerOptions } from './test-server.ts'
export { ManualClock, TEST_START } from './time/manual-clock.ts'
