import type { Connect } from '../client/connection.ts'
import { createWorkerApi, type WorkerApiOptions } from '../protocol/create-worker-api.ts'

/** The way to an engine in this thread. */
export function connectEngine(options: Omit<WorkerApiOptions, 'notify'>): Connect {
  return async (notify) => {
    const api = createWorkerApi({
      ...options,
      // Later, as from a worker: a listener must not run inside the engine's own turn.
      notify: (notification) => queueMicrotask(() => notify(notification)),
    })
    return {
      api,
      gone: new Promise(() => undefined),
      lifecycle: (event) => void api.lifecycle(event),
      end: () => undefined,
    }
  }
}
