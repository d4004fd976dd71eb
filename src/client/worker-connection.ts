import { wrap } from 'comlink'
import { LarderError } from '../errors.ts'
import type { Clock, Locks } from '../platform/ports.ts'
import {
  type ConnectMessage,
  type FailedMessage,
  isFailedMessage,
  isReadyMessage,
  type LifecycleMessage,
  type ReadyMessage,
} from '../protocol/handshake.ts'
import type { Notification, WorkerApi } from '../protocol/worker-api.ts'
import type { Connect, Connection } from './connection.ts'

/** A worker that says nothing for this long after it was made will say nothing any more. */
const READY_DEADLINE_MS = 20_000

export interface WorkerConnectionOptions {
  readonly createWorker: () => Worker
  readonly clock: Clock
  readonly locks: Locks
}

/**
 * Connects to a worker that called `exposeLarder`. Comlink's promises never settle when a worker dies, so the worker holds a lock for as
 * long as it lives: the page gets the lock when the worker is gone, whatever ended it.
 */
export function connectWorker({ createWorker, clock, locks }: WorkerConnectionOptions): Connect {
  return async (notify, arriving) => {
    const worker = create(createWorker)
    const calls = new MessageChannel()
    const notifications = new MessageChannel()
    const ended = new AbortController()
    try {
      // Comlink's remote adds a promise to every call; those of WorkerApi are promises already.
      const api = onceEach(wrap<WorkerApi>(calls.port1) as unknown as WorkerApi)
      const shaking = handshake(
        worker,
        { calls: calls.port2, notifications: notifications.port2 },
        { answers: notifications.port1, notify, clock },
      )
      arriving(api)
      const ready = await shaking
      const connection: Connection = {
        api,
        gone:
          ready.aliveLock === undefined
            ? new Promise(() => undefined)
            : whenReleased(locks, ready.aliveLock, ended.signal),
        lifecycle: (event) => worker.postMessage({ kind: 'larder:lifecycle', event } satisfies LifecycleMessage),
        end: () => {
          ended.abort()
          worker.terminate()
          calls.port1.close()
          notifications.port1.close()
        },
      }
      return connection
    } catch (error) {
      worker.terminate()
      calls.port1.close()
      notifications.port1.close()
      throw error
    }
  }
}

/**
 * Asks the remote for each of its functions only once. It makes a new one each time, which a finalizer of Comlink's cleans up after: script that runs
 * in a page at any time costs it its place in the back-forward cache.
 */
function onceEach<T extends object>(remote: T): T {
  const known = new Map<PropertyKey, unknown>()
  return new Proxy(remote, {
    get: (target, name) => {
      if (!known.has(name)) known.set(name, Reflect.get(target, name))
      return known.get(name)
    },
  })
}

function create(createWorker: () => Worker): Worker {
  try {
    return createWorker()
  } catch (cause) {
    throw unavailable(
      'The worker could not be made: check the URL in openLarder({ worker }) and the page’s Content-Security-Policy',
      cause,
    )
  }
}

interface Answers {
  readonly answers: MessagePort
  /** Takes all that is no answer, from then on. */
  readonly notify: (notification: Notification) => void
  readonly clock: Clock
}

function handshake(
  worker: Worker,
  ports: Omit<ConnectMessage, 'kind'>,
  { answers, notify, clock }: Answers,
): Promise<ReadyMessage> {
  return new Promise((resolve, reject) => {
    const fail = (sentence: string, cause?: unknown) => {
      cancel()
      reject(unavailable(sentence, cause))
    }
    const cancel = clock.after(READY_DEADLINE_MS, () =>
      fail(
        'The worker does not answer: its module has to call exposeLarder(domain), or what exposeLarderLazily loads does not come',
      ),
    )
    const notLoaded = (reason: string) =>
      fail('The worker could not be loaded, or threw while it was: see the cause', new Error(reason))
    worker.addEventListener('error', (event) => notLoaded(reasonOf(event)))
    answers.onmessage = ({ data }: MessageEvent<Notification | ReadyMessage | FailedMessage>) => {
      if (isFailedMessage(data)) notLoaded(data.reason)
      else if (isReadyMessage(data)) {
        cancel()
        resolve(data)
      } else notify(data)
    }
    worker.postMessage({ kind: 'larder:connect', ...ports } satisfies ConnectMessage, [
      ports.calls,
      ports.notifications,
    ])
  })
}

/** Why a script could not be fetched is not told to pages; what a module threw is. */
function reasonOf({ message }: Partial<ErrorEvent>): string {
  if (message !== undefined && message !== '') return message
  return 'The browser did not load the script: it is not there, is no JavaScript, or the Content-Security-Policy (worker-src, script-src) forbids it'
}

function whenReleased(locks: Locks, name: string, signal: AbortSignal): Promise<void> {
  return locks.hold(name, signal, async () => undefined).catch(() => new Promise<void>(() => undefined))
}

function unavailable(sentence: string, cause: unknown): LarderError<'worker-unavailable'> {
  return new LarderError('worker-unavailable', sentence, { cause })
}
