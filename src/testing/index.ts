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
export { type ChannelPlace, channelContract } from './contract/channel-contract.ts'
export { type ClockPlace, clockContract } from './contract/clock-contract.ts'
export { codecContract } from './contract/codec-contract.ts'
export { type ConnectivityPlace, connectivityContract } from './contract/connectivity-contract.ts'
export { deadLetterReportsContract } from './contract/dead-letter-reports-contract.ts'
export { idsContract } from './contract/ids-contract.ts'
export { type LocksPlace, locksContract } from './contract/locks-contract.ts'
export { loggerContract } from './contract/logger-contract.ts'
export { nextTurnContract } from './contract/next-turn-contract.ts'
export { randomContract } from './contract/random-contract.ts'
export { serverLogContract } from './contract/server-log-contract.ts'
export { storageContract } from './contract/storage-contract.ts'
export type { StoragePlace } from './contract/storage-place.ts'
export type { TestRunner } from './contract/test-runner.ts'
export { type ServedRequest, type TransportPlace, transportContract } from './contract/transport-contract.ts'
export { everyStorageFault, type StorageFaultRun } from './faults/every-storage-fault.ts'
export {
  type FaultyStorage,
  faultyStorage,
  type StorageFaultKind,
  type StorageFaultPlan,
} from './faults/faulty-storage.ts'
export {
  type FaultyTransport,
  faultyTransport,
  type TransportFault,
  type TransportFaultPlan,
} from './faults/faulty-transport.ts'
export type {
  AggregateGivenOptions,
  AggregateToSpecify,
  GivenAggregate,
  SubjectTypes,
  WhenCommanded,
} from './given/aggregate-specification.ts'
export type { GivenKeyed, GivenSingle } from './given/projection-specification.ts'
export { type Given, specify } from './given/specification.ts'
export { SpecificationFailure } from './given/specification-failure.ts'
export { checkedCodec } from './machine/checked-codec.ts'
export { TestMachine, type TestMachineOptions } from './machine/test-machine.ts'
export type { Invariants } from './simulator/check-invariants.ts'
export type { SettledWorld } from './simulator/settled-world.ts'
export { type SimulateOptions, type SimulationReport, simulate } from './simulator/simulate.ts'
export { SimulationFailure } from './simulator/simulation-failure.ts'
export type { Invariant, Violation } from './simulator/violations.ts'
export type { Act } from './simulator/visitor.ts'
export type { NetworkFaults } from './simulator/world/network-faults.ts'
export { createTestLarder, type TestLarder, type TestLarderOptions } from './test-larder.ts'
export { type Instead, TestServer, type TestServerOptions } from './test-server.ts'
export { ManualClock, TEST_START } from './time/manual-clock.ts'
