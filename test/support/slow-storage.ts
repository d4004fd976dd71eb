import type { StorageBackend } from '../../src/store/storage-backend.ts'
import type { Prng } from '../../src/testing/chance/prng.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A storage whose transactions wait for up to 3 ms of virtual time before they begin and after they end, as drawn: so tabs overtake each other. */
export function slowStorage(inner: StorageBackend, clock: VirtualClock, random: Prng): StorageBackend {
  const wait = () => new Promise<void>((resolve) => clock.after(random.between(0, 3), resolve))
  return {
    mode: 'custom',
    async transact(mode, tables, work) {
      await wait()
      const result = await inner.transact(mode, tables, work)
      await wait()
      return result
    },
    close: () => inner.close(),
  }
}
