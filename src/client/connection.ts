import type { Lifecycle, Notification, WorkerApi } from '../protocol/worker-api.ts'

/** A way to an engine: through a worker, or in this thread. */
export interface Connection {
  readonly api: WorkerApi
  /** Resolves when the other side is gone and will answer nothing any more. Never rejects. */
  readonly gone: Promise<void>
  /** Tells what happens to the page, before this call returns as far as that goes: a page that is being frozen has no later. */
  lifecycle(event: Lifecycle): void
  /** Frees what the connection holds; idempotent. */
  end(): void
}

/** @throws LarderError `worker-unavailable` */
export type Connect = (notify: (notification: Notification) => void) => Promise<Connection>
