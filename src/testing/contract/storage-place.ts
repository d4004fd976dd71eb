import type { StorageBackend } from '../../store/storage-backend.ts'

/** One place where a log can be kept, empty at first. */
export interface StoragePlace {
  /** Opens it once more, as another tab would. */
  open(): Promise<StorageBackend>
}
