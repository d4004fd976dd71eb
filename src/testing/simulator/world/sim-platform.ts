import type { Codec, Connectivity, Logger, Platform } from '../../../platform/ports.ts'
import { createUuidIds } from '../../../platform/uuid-ids.ts'
import { MemoryDisk } from '../../../storage/memory/memory-disk.ts'
import type { Prng } from '../../chance/prng.ts'
import { checkedCodec } from '../../machine/checked-codec.ts'
import { Actor } from './actor.ts'
import type { FaultCounts } from './fault-counts.ts'
import type { Scheduler } from './scheduler.ts'
import { SimChannels } from './sim-channel.ts'
import { SimLocks } from './sim-locks.ts'
import { SimStorage } from './sim-storage.ts'

export interface SimDeviceOptions {
  readonly name: string
  readonly scheduler: Scheduler
  readonly prng: Prng
  readonly counts: FaultCounts
  /** How far its clock is ahead of the world's, in ms. Default 0. */
  readonly skewMs?: number
  /** For what its tabs seal. Default: {@link checkedCodec}. */
  readonly codec?: Codec
  /** A write transaction of a tab is on its disk. Called before anybody else sees it. */
  readonly onCommit?: (device: SimDevice, tab: string) => void
  /** A tab logged an error. */
  readonly onError?: (tab: string, message: string, facts: Readonly<Record<string, unknown>> | undefined) => void
}

/** A browser profile: what its tabs share, and what outlives them. */
export class SimDevice {
  readonly name: string
  readonly disk = new MemoryDisk()
  readonly locks: SimLocks
  readonly channels: SimChannels
  /** How far its clock is ahead of the world's, in ms. */
  skewMs: number
  readonly #options: SimDeviceOptions
  readonly #tabs: SimTab[] = []
  #isOnline = true
  #opened = 0
  #storageSteps = 0

  constructor(options: SimDeviceOptions) {
    this.name = options.name
    this.#options = options
    this.skewMs = options.skewMs ?? 0
    this.locks = new SimLocks({ counts: options.counts })
    this.channels = new SimChannels({ prng: options.prng.fork('channels'), counts: options.counts })
  }

  /** Tabs that live. */
  get tabs(): readonly SimTab[] {
    return this.#tabs.filter(({ actor }) => actor.isAlive)
  }

  /** Storage steps of all tabs so far. */
  get storageSteps(): number {
    return this.#storageSteps
  }

  get isOnline(): boolean {
    return this.#isOnline
  }

  /** Whether it has a network. Its tabs are told. */
  setOnline(isOnline: boolean): void {
    if (this.#isOnline === isOnline) return
    this.#isOnline = isOnline
    this.#options.scheduler.record(this.name, isOnline ? 'goes online' : 'goes offline')
    for (const tab of this.tabs) tab.tellOnline(isOnline)
  }

  openTab(): SimTab {
    const { scheduler, prng, counts, codec = checkedCodec, onCommit, onError } = this.#options
    const number = ++this.#opened
    const name = `${this.name}.${number}`
    const actor = new Actor(name, scheduler, () => this.skewMs)
    const source = prng.fork(name)
    const storage = new SimStorage(this.disk, actor, {
      prng: source.fork('storage'),
      counts,
      onStep: () => {
        this.#storageSteps++
      },
      onCommit: () => onCommit?.(this, name),
    })
    const logger = traceLogger(actor, (message, facts) => onError?.(name, message, facts))
    const tab = new SimTab(this, number, { actor, storage, logger, codec, prng: source })
    this.#tabs.push(tab)
    return tab
  }
}

interface SimTabParts {
  readonly actor: Actor
  readonly storage: SimStorage
  readonly prng: Prng
  readonly logger: Logger
  readonly codec: Codec
}

/** One tab: a platform and a storage that stop when it is killed. */
export class SimTab {
  readonly name: string
  /** From 1, in the order in which the device opened them. */
  readonly number: number
  readonly actor: Actor
  readonly storage: SimStorage
  readonly platform: Platform
  readonly #device: SimDevice
  readonly #onlineListeners = new Set<(isOnline: boolean) => void>()

  constructor(device: SimDevice, number: number, { actor, storage, prng, logger, codec }: SimTabParts) {
    this.name = actor.name
    this.number = number
    this.actor = actor
    this.storage = storage
    this.#device = device
    const random = prng.fork('random')
    const bits = prng.fork('ids')
    this.platform = {
      clock: actor.clock,
      random,
      ids: createUuidIds(actor.clock.now, () => bits.uint32()),
      locks: device.locks.locksOf(actor),
      connectivity: this.#connectivity(),
      logger,
      openChannel: (name) => device.channels.open(actor, name),
      codec,
      nextTurn: () => new Promise((resolve) => actor.clock.after(0, resolve)),
    }
  }

  get isAlive(): boolean {
    return this.actor.isAlive
  }

  /** As when its process is killed: at once, in the middle of whatever it does. */
  kill(why?: string): void {
    this.actor.kill(why)
  }

  tellOnline(isOnline: boolean): void {
    for (const listener of this.#onlineListeners) listener(isOnline)
  }

  #connectivity(): Connectivity {
    return {
      online: () => this.#device.isOnline,
      subscribe: (listener) => {
        this.#onlineListeners.add(listener)
        return () => this.#onlineListeners.delete(listener)
      },
    }
  }
}

function traceLogger(actor: Actor, onError: Logger['error']): Logger {
  const at =
    (level: string): Logger['info'] =>
    (message, facts) =>
      actor.record(`${level}: ${message}${facts === undefined ? '' : ` ${JSON.stringify(facts)}`}`)
  const recordError = at('error')
  return {
    error: (message, facts) => {
      recordError(message, facts)
      if (actor.isAlive) onError(message, facts)
    },
    info: at('info'),
    debug: at('debug'),
  }
}
