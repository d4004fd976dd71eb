import type { Ids } from '../../platform/ports.ts'
import { createUuidIds } from '../../platform/uuid-ids.ts'
import { TEST_START } from '../time/manual-clock.ts'
import { Prng } from './prng.ts'

/**
 * Ids as in production, UUIDs of version 7 that grow with every call, but the same ones in every run: they depend on the seed and on the clock alone.
 *
 * @param now ms since 1970. Default: time stands still
 */
export function seededIds(seed: number, now: () => number = () => TEST_START): Ids {
  const bits = new Prng(seed).fork('ids')
  return createUuidIds(now, () => bits.uint32())
}
