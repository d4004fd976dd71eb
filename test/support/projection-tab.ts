import { defineDomain, defineProjection, type KeyedProjection } from '../../src/domain.ts'
import { ViewHub, type ViewTarget, type ViewUpdate } from '../../src/engine/view-hub.ts'
import { LocalLocks } from '../../src/platform/local-locks.ts'
import type { CheckpointStorage } from '../../src/projection/checkpoint-storage.ts'
import { createCheckpoints } from '../../src/projection/create-checkpoints.ts'
import { Projector } from '../../src/projection/projector.ts'
import { openMemoryStorage } from '../../src/storage/memory/memory-backend.ts'
import { MemoryCheckpoints } from '../../src/storage/memory/memory-checkpoints.ts'
import { MemoryDisk } from '../../src/storage/memory/memory-disk.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { StorageBackend } from '../../src/store/storage-backend.ts'
import { Noted, noted } from './notes.ts'
import { openStore } from './open-store.ts'
import { prepared } from './prepared.ts'
import { VirtualClock } from './virtual-clock.ts'

const nothing = (): void => undefined
export const silent = { error: nothing, info: nothing, debug: nothing }

export interface TabOptions {
  /** Of the definition. Default 1. */
  readonly version?: number
  readonly showsOld?: boolean
  /** Throws at these texts. */
  readonly breaksAt?: readonly string[]
  readonly onFault?: 'stop' | 'skip' | 'park'
  readonly checkpoints?: CheckpointStorage
  /** Default: those of the device. */
  readonly locks?: LocalLocks
  /** How long a look into the log takes, in ms. Default 0. */
  readonly readMs?: number
  /** Of the domain. Default `'notes'`. */
  readonly app?: string
}

/** One device: what its tabs share. */
export class ProjectionDevice {
  readonly disk = new MemoryDisk()
  readonly clock = new VirtualClock()
  readonly locks = new LocalLocks()
  readonly checkpoints = new MemoryCheckpoints()
  readonly tabs = new Set<ProjectionTab>()

  async open(options: TabOptions = {}): Promise<ProjectionTab> {
    const backend = slowed(openMemoryStorage(this.disk), this.clock, options.readMs ?? 0)
    const tab = new ProjectionTab(this, await openStore({ backend }), options)
    this.tabs.add(tab)
    return tab
  }
}

/** Reads of the confirmed zone alone, which is what folding does, take their time. */
function slowed(inner: StorageBackend, clock: VirtualClock, readMs: number): StorageBackend {
  return {
    mode: 'memory',
    close: () => inner.close(),
    transact: async (mode, tables, work) => {
      if (readMs > 0 && tables.join() === 'confirmed')
        await new Promise<void>((resolve) => clock.after(readMs, resolve))
      return inner.transact(mode, tables, work)
    },
  }
}

/** A tab as far as projections go: `days` keeps the texts of a day, each behind the version that has folded it. Counts what it folds. */
export class ProjectionTab {
  folded = 0
  readonly store: EventStore
  readonly projector: Projector
  readonly hub: ViewHub
  readonly #device: ProjectionDevice
  #views = 0

  constructor(device: ProjectionDevice, store: EventStore, options: TabOptions) {
    const { clock, locks } = device
    this.#device = device
    this.store = store
    const domain = defineDomain({
      version: options.app ?? 'notes',
      events: [Noted],
      projections: [this.#days(options)],
    })
    this.projector = new Projector(domain, store, {
      checkpoints: createCheckpoints(options.checkpoints ?? device.checkpoints, store, domain, {
        clock,
        logger: silent,
      }),
      rebuilds: {
        clock,
        locks: options.locks ?? locks,
        logger: silent,
        lockName: 'rebuild',
        onStored: (name) => {
          for (const other of device.tabs) if (other !== this) void other.projector.adopt(name)
        },
      },
    })
    this.hub = new ViewHub(this.projector, clock)
  }

  #days(options: TabOptions): KeyedProjection<readonly string[]> {
    const { version = 1, showsOld = false, breaksAt = [], onFault = 'stop' } = options
    return defineProjection('days', {
      version,
      events: [Noted],
      key: ({ data }) => data.days,
      initial: (): readonly string[] => [],
      evolve: {
        Noted: (lines, { data }) => {
          this.folded++
          if (breaksAt.includes(data.text)) throw new RangeError('broken')
          return [...lines, `${version} ${data.text}`]
        },
      },
      onFault,
      showOld: showsOld ? (old, from) => (old as readonly string[]).map((line) => `old ${from}: ${line}`) : undefined,
    })
  }

  async append(text: string, ...days: readonly string[]): Promise<void> {
    await this.store.append(prepared(noted(text, ...days)))
  }

  async state(day: string): Promise<unknown> {
    await this.store.refresh()
    return this.projector.state('days', day, 'all')
  }

  /** Everything that a view is told. */
  watch(target: ViewTarget): ViewUpdate[] {
    const told: ViewUpdate[] = []
    this.hub.subscribe(++this.#views, { projection: 'days', target, layer: 'all' }, (update) => told.push(update))
    return told
  }

  /** Ends as a tab that is killed: nothing more is done. */
  kill(): void {
    this.#device.tabs.delete(this)
    this.hub.close()
  }

  async close(): Promise<void> {
    this.kill()
    await this.projector.close()
    await this.store.close()
  }
}
