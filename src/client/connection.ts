import type { Notification, WorkerApi } from '../protocol/worker-api.ts'

/** A way to an engine: through a worker, or in this thread. */
export interface Connection {
  readonly api: WorkerApi
  /** Resolves when the other side is gone and will answer nothing any more. Never rejects. */
  readonly gone: Promise<void>
  /** Frees what the connection holds; idempotent. */
  end(): void
}

/** @throws LarderError `worker-unavailable` */
export type Connect = (notify: (notification: Notification) => void) => Promise<Connection>
