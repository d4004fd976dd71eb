import { V7Generator } from 'uuidv7'
import type { Ids } from './ports.ts'

const MAX_TIME = 2 ** 48 - 1
/** Numbers drawn at once: asking for each by itself takes longer than all the rest of an id. */
const POOL = 1024

/**
 * UUIDs of version 7 (RFC 9562). They grow with every call, also when the clock is set back: then they go on from the last time seen.
 * `nextUint32` answers 32 random bits; default: the ones of `crypto`.
 */
export function createUuidIds(now: () => number, nextUint32?: () => number): Ids {
  const generator = new V7Generator({ nextUint32: nextUint32 ?? pooledRandom() })
  let last = 0
  return {
    next: () => {
      last = Math.min(Math.max(last, Math.trunc(now())), MAX_TIME)
      return generator.generateOrResetWithTs(last).toString()
    },
  }
}

function pooledRandom(): () => number {
  const pool = new Uint32Array(POOL)
  let used = POOL
  return () => {
    if (used === POOL) {
      crypto.getRandomValues(pool)
      used = 0
    }
    return pool[used++] ?? 0
  }
}
