import type { Random } from '../../platform/ports.ts'

/**
 * A seeded source of chance: xoshiro128** 1.1 (Blackman and Vigna), its state filled by splitmix32. Not for secrets. `fork` gives each part of the
 * world a source of its own, so that a part that asks more often does not change what the others get.
 */
export class Prng implements Random {
  readonly #seed: number
  readonly #state: Uint32Array

  constructor(seed: number) {
    this.#seed = seed >>> 0
    this.#state = new Uint32Array(4)
    let mixed = this.#seed
    for (let index = 0; index < 4; index++) {
      mixed = (mixed + 0x9e3779b9) >>> 0
      let word = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
      word = Math.imul(word ^ (word >>> 15), 0x735a2d97)
      this.#state[index] = word ^ (word >>> 15)
    }
  }

  fork(label: string): Prng {
    return new Prng(hashText(label, this.#seed ^ 0x5bd1e995))
  }

  uint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    this.#state[0] = a ^ d ^ b
    this.#state[1] = b ^ c ^ a
    this.#state[2] = c ^ a ^ (b << 9)
    this.#state[3] = rotate(d ^ b, 11)
    return result
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.uint32() / 2 ** 32
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.between(0, items.length - 1)] ?? items[0]
  }
}

/** FNV-1a over UTF-16 units. */
export function hashText(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
