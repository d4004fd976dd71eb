import { openEngine } from '../engine/open-engine.ts'
import type { Transport } from '../platform/ports.ts'
import type { Domain } from '../projection/define-domain.ts'
import { type AttentionOptions, readAttention } from '../reactive/attention-options.ts'
import type { Larder } from '../reactive/larder.ts'
import { memory } from '../storage/memory/memory-backend.ts'
import type { OpenStorage } from '../store/storage-backend.ts'
import type { Auth } from '../sync/token-source.ts'
import { TestMachine } from './machine/test-machine.ts'
import { openInThread } from './open-in-thread.ts'
import { TestServer } from './test-server.ts'
import { ManualClock } from './time/manual-clock.ts'

export interface TestLarderOptions extends AttentionOptions {
  /** Name of the store. Default `'test'`. */
  readonly name?: string
  /** Whose data it is. Default: none. */
  readonly account?: string
  /** Give the clock of another to live in the same time. Default: one that starts at noon of 23 November 2026. */
  readonly clock?: ManualClock
  /** All chance, ids included. Devices of one test need different ones. Default 1. */
  readonly seed?: number
  /** Leave out for a store that stays here. `auth` as in `openLarder`. */
  readonly sync?: TestServer | { readonly transport: Transport; readonly auth?: Auth }
  /** Default: memory. */
  readonly storage?: OpenStorage
}

/** A device of its own, its time in the test's hands. */
export interface TestLarder {
  /** Of the first tab. After {@link reset} another one. */
  readonly larder: Larder
  readonly clock: ManualClock
  /** Locks, channels, connectivity, and what was logged as an error. */
  readonly machine: TestMachine
  /** What it syncs with, where `sync` is a {@link TestServer}. */
  readonly server: TestServer | undefined
  /** Another tab of the same device: the same log. */
  openTab(): Promise<Larder>
  /**
   * Closes every tab, and opens `larder` anew on an empty log; the {@link TestServer}, if there is one, forgets everything too. Chance begins again;
   * time does not go back. Where `storage` was given it is asked for another name, since only memory can be thrown away.
   */
  reset(): Promise<void>
  /** Closes every tab. No timer is left. */
  close(): Promise<void>
}

/**
 * Opens a store for a test: the production engine and client in this thread, on memory. No timer of the machine is set and nothing random is asked for, so
 * a test of an hour's backoff takes a millisecond, and runs the same way each time.
 *
 * ```ts
 * const server = new TestServer(nutrition)
 * const test = await createTestLarder(nutrition, { sync: server })
 * await test.larder.append(MealLogged({ … }))
 * await test.clock.advance(1000)
 * expect(await server.accepted()).toHaveLength(1)
 * await test.close()
 * ```
 *
 * What only waits for promises, such as `append` and `get`, needs no {@link ManualClock.advance}.
 *
 * @throws LarderError `argument`, and what the storage throws
 */
export async function createTestLarder(domain: Domain, options: TestLarderOptions = {}): Promise<TestLarder> {
  const device = new TestDevice(domain, options)
  await device.reset()
  return device
}

class TestDevice implements TestLarder {
  readonly clock: ManualClock
  readonly server: TestServer | undefined
  readonly #domain: Domain
  readonly #options: TestLarderOptions
  #machine: TestMachine
  #storage: OpenStorage
  #tabs: Larder[] = []
  #resets = 0

  constructor(domain: Domain, options: TestLarderOptions) {
    this.#domain = domain
    this.#options = options
    this.clock = options.clock ?? new ManualClock()
    this.server = options.sync instanceof TestServer ? options.sync : undefined
    this.#machine = this.#newMachine()
    this.#storage = options.storage ?? memory()
  }

  get larder(): Larder {
    const [first] = this.#tabs
    if (first === undefined) throw new RangeError('Every tab is closed: call reset() for a new store')
    return first
  }

  get machine(): TestMachine {
    return this.#machine
  }

  async openTab(): Promise<Larder> {
    const { account, sync, onAlert, name = 'test' } = this.#options
    const domain = this.#domain
    const platform = this.#machine.openTab()
    const storage = this.#storage
    const transport = sync instanceof TestServer ? sync.transport(account) : sync?.transport
    const larder = await openInThread({
      ...{ domain, platform, account, onAlert, syncs: transport !== undefined },
      attention: readAttention(this.#options),
      name: this.#resets > 1 && this.#options.storage !== undefined ? `${name}-${this.#resets}` : name,
      auth: sync instanceof TestServer ? undefined : sync?.auth,
      openEngine: (request, auth) =>
        openEngine({
          ...request,
          ...{ domain, platform, auth, openStorage: storage, fallbackStorage: undefined },
          createTransport: () => transport ?? unreachable,
        }),
    })
    this.#tabs.push(larder)
    return larder
  }

  async reset(): Promise<void> {
    if (this.#resets++ > 0) {
      await this.close()
      this.#machine = this.#newMachine()
      this.#storage = this.#options.storage ?? memory()
      this.server?.reset()
    }
    await this.openTab()
  }

  async close(): Promise<void> {
    await Promise.all(this.#tabs.splice(0).map((tab) => tab.close()))
  }

  #newMachine(): TestMachine {
    return new TestMachine({ clock: this.clock, seed: this.#options.seed ?? 1 })
  }
}

/** A store that stays on the device is asked for no transport. */
const unreachable: Transport = {
  post: () => Promise.reject(new TypeError('This store does not sync')),
  listen: () => Promise.reject(new TypeError('This store does not sync')),
}
