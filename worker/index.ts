/** The worker's entry. */

export { memory } from '../src/storage/memory/memory-backend.ts'
export { KEY_OF, type OpenStorage, type StorageBackend } from '../src/store/storage-backend.ts'
export { type ExposeLarderOptions, exposeLarder } from './expose-larder.ts'
