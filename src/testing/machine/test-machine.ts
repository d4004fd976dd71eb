import { LocalLocks } from '../../platform/local-locks.ts'
import { nextTurn } from '../../platform/next-turn.ts'
import type { Codec, Logger, Platform } from '../../platform/ports.ts'
import { seededIds } from '../chance/seeded-ids.ts'
import { seededRandom } from '../chance/seeded-random.ts'
import { ManualClock } from '../time/manual-clock.ts'
import { checkedCodec } from './checked-codec.ts'
import { TestChannels } from './test-channels.ts'
import { TestConnectivity } from './test-connectivity.ts'

export interface TestMachineOptions {
  /** Default: one of its own. */
  readonly clock?: ManualClock
  /** Machines of one test need different ones, so that no two of them make the same id. Default 1. */
  readonly seed?: number
  /** Default: {@link checkedCodec}. */
  readonly codec?: Codec
}

/** Most tabs of a machine, so that the seeds of tabs of different machines differ. */
const MOST_TABS = 1000

/** One device: its tabs share locks and channels; its time is the test's, and all that chance decides is the same in every run. */
export class TestMachine {
  readonly clock: ManualClock
  readonly locks = new LocalLocks()
  readonly connectivity = new TestConnectivity()
  /** What was logged as an error. */
  readonly errors: string[] = []
  readonly #channels = new TestChannels()
  readonly #codec: Codec
  readonly #seed: number
  #tabs = 0

  constructor({ clock = new ManualClock(), seed = 1, codec = checkedCodec }: TestMachineOptions = {}) {
    this.clock = clock
    this.#seed = seed
    this.#codec = codec
  }

  /** The platform of another tab. */
  openTab(): Platform {
    const seed = this.#seed * MOST_TABS + ++this.#tabs
    return {
      clock: this.clock,
      random: seededRandom(seed),
      ids: seededIds(seed, () => this.clock.now()),
      locks: this.locks,
      connectivity: this.connectivity,
      logger: this.#logger,
      openChannel: (name) => this.#channels.open(name),
      codec: this.#codec,
      nextTurn,
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
}
