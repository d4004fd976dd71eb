import { expose } from 'comlink'
import { openEngine } from '../../src/engine/open-engine.ts'
import type { Clock, Locks, Platform } from '../../src/platform/ports.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import { createWorkerApi } from '../../src/protocol/create-worker-api.ts'
import {
  type ConnectMessage,
  isConnectMessage,
  isLifecycleMessage,
  type ReadyMessage,
} from '../../src/protocol/handshake.ts'
import type { WorkerApi } from '../../src/protocol/worker-api.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import type { SyncServer } from './sync-server.ts'
import type { VirtualClock } from './virtual-clock.ts'

export interface FakeWorkerOptions {
  readonly domain: Domain
  readonly platform: Platform
  readonly disk: MemoryDisk
  readonly server?: SyncServer
  readonly wrap?: (backend: StorageBackend) => StorageBackend
  /** `'silent'`: its module does not call `exposeLarder`. `'broken'`: it throws. `'not-found'`: there is no script. Default `'well'`. */
  readonly health?: 'well' | 'silent' | 'broken' | 'not-found'
  /** Before this it does not say that it is up. */
  readonly up?: Promise<void>
  /** It is asked to open. */
  readonly onOpen?: () => void
}

/** A worker as the page sees it: the production engine behind real message ports, in this thread, so that a test can kill it at any moment. */
export class FakeWorker {
  readonly #options: FakeWorkerOptions
  readonly #dead = new AbortController()
  readonly #errorListeners = new Set<(event: { message?: string }) => void>()
  readonly #ports: MessagePort[] = []
  #api: WorkerApi | undefined

  constructor(options: FakeWorkerOptions) {
    this.#options = options
  }

  get isAlive(): boolean {
    return !this.#dead.signal.aborted
  }

  /** A worker for {@link connectWorker}. */
  get asWorker(): Worker {
    return this as unknown as Worker
  }

  get api(): WorkerApi {
    if (this.#api === undefined) throw new Error('nobody connected')
    return this.#api
  }

  postMessage(message: unknown, transfer?: Transferable[]): void {
    const { port1, port2 } = new MessageChannel()
    port2.onmessage = ({ data }: MessageEvent<unknown>) => {
      port2.close()
      if (this.isAlive && isConnectMessage(data)) void this.#serve(data)
      if (this.isAlive && isLifecycleMessage(data)) void this.#api?.lifecycle(data.event)
    }
    port1.postMessage(message, transfer ?? [])
  }

  addEventListener(_type: 'error', listener: (event: { message?: string }) => void): void {
    this.#errorListeners.add(listener)
  }

  terminate(): void {
    this.die()
  }

  /** From now on nothing happens in it any more, and nobody is told. */
  die(): void {
    this.#dead.abort()
    for (const port of this.#ports) port.close()
  }

  /** From now on it is busy for ever: it answers nothing, and keeps its lock. */
  hang(): void {
    for (const port of this.#ports) port.close()
  }

  async #serve(ports: ConnectMessage): Promise<void> {
    const { domain, server, disk, wrap = (backend) => backend, health = 'well' } = this.#options
    this.#ports.push(ports.calls, ports.notifications)
    if (health === 'broken') for (const listener of this.#errorListeners) listener({ message: 'x is not defined' })
    if (health === 'not-found') for (const listener of this.#errorListeners) listener({})
    if (health !== 'well') return
    const { platform: machine } = this.#options
    const { signal: dead } = this.#dead
    const platform = {
      ...machine,
      locks: untilDeath(machine.locks, dead),
      clock: timersUntilDeath(machine.clock, dead),
    }
    this.#api = createWorkerApi({
      domainVersion: domain.version,
      clock: platform.clock,
      notify: (notification) => {
        if (this.isAlive) ports.notifications.postMessage(notification)
      },
      openEngine: (request, auth, locks) =>
        openEngine({
          ...request,
          ...{ domain, platform: { ...platform, locks }, auth },
          fallbackStorage: request.fallback === undefined ? undefined : async () => openMemoryStorage(new MemoryDisk()),
          openStorage: async () => {
            this.#options.onOpen?.()
            return this.#whileAlive(wrap(openMemoryStorage(disk)))
          },
          createTransport: () => {
            if (server === undefined) throw new Error('no server was given')
            return server.transport()
          },
        }),
    })
    expose(this.#api, ports.calls)
    const aliveLock = `alive:${platform.ids.next()}`
    await new Promise<void>((resolve) => {
      void platform.locks.hold(aliveLock, this.#dead.signal, async () => resolve(await never())).catch(() => undefined)
      resolve()
    })
    await this.#options.up
    ports.notifications.postMessage({ kind: 'larder:ready', aliveLock } satisfies ReadyMessage)
  }

  /** A dead worker writes no more. */
  #whileAlive(backend: StorageBackend): StorageBackend {
    return {
      // It outlives the worker.
      mode: 'custom',
      transact: (mode, tables, work) => (this.isAlive ? backend.transact(mode, tables, work) : never()),
      close: () => backend.close(),
    }
  }
}

/** Locks that are let go when their owner dies. */
function untilDeath(locks: Locks, dead: AbortSignal): Locks {
  const death = new Promise<void>((resolve) => dead.addEventListener('abort', () => resolve(), { once: true }))
  return {
    hold: (name, signal, work) =>
      locks.hold(name, AbortSignal.any([signal, dead]), (lost) => Promise.race([work(lost), death])),
  }
}

/** Timers that end with their owner. */
function timersUntilDeath(clock: Clock, dead: AbortSignal): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, task) => {
      if (dead.aborted) return () => undefined
      const cancel = clock.after(delayMs, () => {
        dead.removeEventListener('abort', cancel)
        task()
      })
      dead.addEventListener('abort', cancel, { once: true })
      return () => {
        dead.removeEventListener('abort', cancel)
        cancel()
      }
    },
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => undefined)
}

/** Lets messages through ports arrive, and a little virtual time pass, until `condition` holds. */
export async function until(clock: VirtualClock, condition: () => boolean, stepMs = 1): Promise<void> {
  for (let turn = 0; turn < 500; turn++) {
    if (condition()) return
    await clock.advance(stepMs)
  }
  throw new Error('it never came')
}
