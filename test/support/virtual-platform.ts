import { LocalLocks } from '../../src/platform/local-locks.ts'
import type { Channel, Connectivity, Ids, Logger, Platform, Random } from '../../src/platform/ports.ts'
import { syncGzip } from './sync-codec.ts'
import { VirtualClock } from './virtual-clock.ts'

/** One device: its tabs share locks and channels; all time is virtual, and every number that is drawn is the same in every run. */
export class VirtualMachine {
  readonly clock: VirtualClock
  readonly locks = new LocalLocks()
  readonly connectivity = new VirtualConnectivity()
  /** What was logged as an error. */
  readonly errors: string[] = []
  readonly #channels = new Map<string, Set<TabChannel>>()
  readonly #name: number
  #tabs = 0

  /** @param name tells its ids from those of other machines: a number from 1 to 255 */
  constructor(name = 1, clock = new VirtualClock()) {
    this.#name = name
    this.clock = clock
  }

  /** The platform of another tab. */
  openTab(): Platform {
    const tab = this.#name * 256 + ++this.#tabs
    return {
      clock: this.clock,
      random: seededRandom(tab),
      ids: countingIds(tab),
      locks: this.locks,
      connectivity: this.connectivity,
      logger: this.#logger,
      openChannel: (name) => this.#openChannel(name),
      codec: syncGzip,
    }
  }

  get #logger(): Logger {
    const nothing = (): void => undefined
    return {
      error: (message, facts) => this.errors.push(`${message} ${JSON.stringify(facts ?? {})}`),
      info: nothing,
      debug: nothing,
    }
  }

  #openChannel(name: string): Channel {
    const members = this.#channels.get(name) ?? new Set()
    this.#channels.set(name, members)
    return new TabChannel(members)
  }
}

class TabChannel implements Channel {
  readonly #members: Set<TabChannel>
  readonly #listeners = new Set<(message: unknown) => void>()

  constructor(members: Set<TabChannel>) {
    this.#members = members
    members.add(this)
  }

  post(message: unknown): void {
    const copy: unknown = structuredClone(message)
    for (const member of this.#members) if (member !== this) queueMicrotask(() => member.#hear(copy))
  }

  subscribe(listener: (message: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#members.delete(this)
    this.#listeners.clear()
  }

  #hear(message: unknown): void {
    for (const listener of this.#listeners) listener(message)
  }
}

class VirtualConnectivity implements Connectivity {
  readonly #listeners = new Set<(online: boolean) => void>()
  #online = true

  online(): boolean {
    return this.#online
  }

  subscribe(listener: (online: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  set(online: boolean): void {
    this.#online = online
    for (const listener of this.#listeners) listener(online)
  }
}

/** Mulberry32 (T. Ettinger). */
export function seededRandom(seed: number): Random {
  let state = seed
  return {
    next: () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
    },
  }
}

/** Ids that grow, and that no other `source` (a number up to 65535) makes. */
export function countingIds(source = 0): Ids {
  let count = 0
  const end = `-0000-7000-8000-${source.toString(16).padStart(12, '0')}`
  return { next: () => `${(++count).toString(16).padStart(8, '0')}${end}` }
}
