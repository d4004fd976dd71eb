import type { Transport } from '../../../platform/ports.ts'
import { Prng } from '../../chance/prng.ts'
import { FaultCounts } from './fault-counts.ts'
import type { NetworkFaults } from './network-faults.ts'
import { type RunEnd, type RunOptions, Scheduler } from './scheduler.ts'
import { SimNetwork, type SimServer } from './sim-network.ts'
import { SimDevice, type SimDeviceOptions, type SimTab } from './sim-platform.ts'

export interface SimWorldOptions {
  readonly seed: number
  readonly server: SimServer
  /** Default: none. */
  readonly faults?: NetworkFaults
}

/** Devices, their tabs, a network and a server under one virtual time. The same seed and the same doings give the same world. */
export class SimWorld {
  readonly seed: number
  readonly prng: Prng
  readonly scheduler = new Scheduler()
  readonly counts = new FaultCounts()
  readonly network: SimNetwork
  readonly devices: SimDevice[] = []

  constructor({ seed, server, faults }: SimWorldOptions) {
    this.seed = seed
    this.prng = new Prng(seed)
    const { scheduler, counts } = this
    const prng = this.prng.fork('network')
    this.network = new SimNetwork({ scheduler, counts, prng, server, ...(faults === undefined ? {} : { faults }) })
  }

  createDevice(
    name: string,
    options: Pick<SimDeviceOptions, 'skewMs' | 'codec' | 'onCommit' | 'onError'> = {},
  ): SimDevice {
    const { scheduler, counts } = this
    const device = new SimDevice({ ...options, name, scheduler, counts, prng: this.prng.fork(name) })
    this.devices.push(device)
    return device
  }

  transportOf(device: SimDevice, tab: SimTab, account: string): Transport {
    return this.network.transportOf(tab.actor, account, () => device.isOnline)
  }

  run(options?: RunOptions): Promise<RunEnd> {
    return this.scheduler.run(options)
  }
}
