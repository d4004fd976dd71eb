import { TestMachine } from '../../src/testing/machine/test-machine.ts'
import { syncGzip } from './sync-codec.ts'
import { VirtualClock } from './virtual-clock.ts'

export { seededIds as countingIds } from '../../src/testing/chance/seeded-ids.ts'
export { seededRandom } from '../../src/testing/chance/seeded-random.ts'

/** The kit's machine, with gzip as in production. */
export class VirtualMachine extends TestMachine {
  /** @param seed tells its ids from those of other machines */
  constructor(seed = 1, clock = new VirtualClock()) {
    super({ seed, clock, codec: syncGzip })
  }
}
