import type { Observable } from 'rxjs'
import { openLarderInline } from '../../src/inline/open-larder-inline.ts'
import type { Channel, Transport } from '../../src/platform/ports.ts'
import type { Domain } from '../../src/projection/define-domain.ts'
import type { AttentionOptions } from '../../src/reactive/attention-options.ts'
import type { Larder } from '../../src/reactive/larder.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { notes } from './notes.ts'
import type { SyncServer } from './sync-server.ts'
import type { VirtualClock } from './virtual-clock.ts'
import { VirtualMachine } from './virtual-platform.ts'

export interface DeviceOptions extends AttentionOptions {
  /** Leave out for a store that stays on the device. */
  readonly server?: SyncServer | undefined
  readonly domain?: Domain
  /** The way to the server. Default: its own. */
  readonly transport?: Transport | undefined
  /** Default: the machine's. */
  readonly openChannel?: ((name: string) => Channel) | undefined
  readonly auth?: (() => Promise<string | undefined>) | undefined
  readonly wrap?: (backend: StorageBackend) => StorageBackend
}

/** One installation: a disk, and tabs on it. */
export class Device {
  readonly machine: VirtualMachine
  readonly disk = new MemoryDisk()

  constructor(name: number, clock: VirtualClock) {
    this.machine = new VirtualMachine(name, clock)
  }

  openTab({
    server,
    domain = notes,
    transport = server?.transport(),
    openChannel,
    auth,
    wrap = (backend) => backend,
    ...attention
  }: DeviceOptions = {}): Promise<Larder> {
    const platform = this.machine.openTab()
    return openLarderInline(domain, {
      ...attention,
      name: 'notes',
      storage: async () => wrap(openMemoryStorage(this.disk)),
      platform: openChannel === undefined ? platform : { ...platform, openChannel },
      ...(transport === undefined ? {} : { sync: { transport, ...(auth === undefined ? {} : { auth }) } }),
    })
  }
}

export interface Watched<T> {
  readonly all: T[]
  readonly last: () => T | undefined
  readonly ended: () => 'complete' | 'error' | undefined
  readonly stop: () => void
}

/** Everything that an observable says. */
export function watch<T>(source: Observable<T>): Watched<T> {
  const all: T[] = []
  let ended: 'complete' | 'error' | undefined
  const subscription = source.subscribe({
    next: (value) => all.push(value),
    complete: () => {
      ended = 'complete'
    },
    error: () => {
      ended = 'error'
    },
  })
  return { all, last: () => all.at(-1), ended: () => ended, stop: () => subscription.unsubscribe() }
}
