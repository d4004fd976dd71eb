/** The entry for Node, tests and server rendering: the engine in this thread. */
export { type InlineLarderOptions, openLarderInline } from './inline/open-larder-inline.ts'
export { memory } from './storage/memory/memory-backend.ts'
export type { OpenStorage, StorageBackend, StorageTransaction } from './store/storage-backend.ts'
