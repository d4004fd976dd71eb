import { untransferable } from '../client/call-errors.ts'
import type { Connect } from '../client/connection.ts'
import { createWorkerApi, type WorkerApiOptions } from '../protocol/create-worker-api.ts'
import { type Envelope, toEnvelope } from '../protocol/wire-error.ts'
import type { Notification, WorkerApi } from '../protocol/worker-api.ts'

/** The way to an engine in this thread. States are copied on it, as on the way from a worker: the engine folds on from its own. */
export function connectEngine(options: Omit<WorkerApiOptions, 'notify'>): Connect {
  return async (notify) => {
    const engine = createWorkerApi({
      ...options,
      notify: (notification) => {
        const copy = copyOfStates(notification)
        // Later, as from a worker: a listener must not run inside the engine's own turn.
        queueMicrotask(() => notify(copy))
      },
    })
    const api = Object.freeze<WorkerApi>({
      ...engine,
      get: async (projection, key, layer) => copyOf(await engine.get(projection, key, layer)),
      stateAt: async (projection, key, moment) => copyOf(await engine.stateAt(projection, key, moment)),
      loadAggregate: async (aggregate, id) => copyOf(await engine.loadAggregate(aggregate, id)),
    })
    return {
      api,
      gone: new Promise(() => undefined),
      lifecycle: (event) => void api.lifecycle(event),
      end: () => undefined,
    }
  }
}

function copyOf<T>(answer: Envelope<T>): Promise<Envelope<T>> | Envelope<T> {
  if (!answer.ok) return answer
  return toEnvelope(() => {
    try {
      return structuredClone(answer.value)
    } catch (cause) {
      throw untransferable(cause)
    }
  })
}

/** Whoever tells a view hears of what cannot be copied. */
function copyOfStates(notification: Notification): Notification {
  if (notification.kind !== 'told') return notification
  const { payload } = notification
  if (typeof payload !== 'object' || !('states' in payload)) return notification
  return { ...notification, payload: { ...payload, states: structuredClone(payload.states) } }
}
