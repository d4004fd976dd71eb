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

/**
 * @param arriving is given the api as soon as there is one, if that is before the other side is known to be up: what is called on it is answered once it is, or never
 * @throws LarderError `worker-unavailable`
 */
export type Connect = (
  notify: (notification: Notification) => void,
  arriving: (api: WorkerApi) => void,
) => Promise<Connection>
