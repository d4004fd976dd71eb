/** The entry for Node, tests and server rendering: the engine in this thread. */
export { type InlineLarderOptions, openLarderInline } from './inline/open-larder-inline.ts'
export type {
  Channel,
  Clock,
  Codec,
  Connectivity,
  Ids,
  Locks,
  Logger,
  Platform,
  Random,
  Transport,
  TransportRequest,
  TransportResponse,
} from './platform/ports.ts'
export { memory } from './storage/memory/memory-backend.ts'
export type {
  CommitHeader,
  CommitLetterRecord,
  DeadLetterRecord,
  DiscardedRecord,
  HandlerLetterRecord,
  HandlerRecord,
  LogTables,
  MetaRecord,
  PendingRecord,
  QuarantineRecord,
  StoredSegment,
  TableKeys,
  TableName,
} from './store/records.ts'
export {
  KEY_OF,
  type KeyRange,
  type OpenStorage,
  type SegmentIndex,
  type StorageBackend,
  type StorageTransaction,
} from './store/storage-backend.ts'
