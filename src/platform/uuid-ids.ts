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
      return textOf(generator.generateOrResetWithTs(last).bytes)
    },
  }
}

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const HYPHEN = 45

/**
 * The text of a UUID, made in one piece. Put together digit by digit it is a chain of 36 texts, which whoever looks at it has to join first: that took
 * longer than drawing the id.
 */
function textOf(bytes: Readonly<Uint8Array>): string {
  let at = 0
  for (let index = 0; index < 16; index++) {
    const byte = bytes[index] ?? 0
    if (index === 4 || index === 6 || index === 8 || index === 10) units[at++] = HYPHEN
    units[at++] = DIGITS[byte >>> 4] ?? 0
    units[at++] = DIGITS[byte & 15] ?? 0
  }
  return String.fromCharCode(...units)
}

/** Of the text that is being made. */
const units: number[] = Array.from({ length: 36 }, () => 0)

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
