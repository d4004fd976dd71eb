/** FNV-1a, 32 bits. */
const PRIME = 0x01000193
const OFFSET = 0x811c9dc5

/**
 * A checksum of 32 bits that finds what a disk or a stray write has changed; it is no protection against somebody who wants to deceive.
 *
 * FNV-1a (Fowler, Noll, Vo: draft-eastlake-fnv) over UTF-16 units and 32-bit words in four interleaved lanes, so that a processor works on
 * four at a time: a megabyte of text takes about a millisecond.
 */
export class Checksum {
  #a = OFFSET
  #b = OFFSET ^ 1
  #c = OFFSET ^ 2
  #d = OFFSET ^ 3

  /** A text and its length, so that what one ends with cannot pass for what the next begins with. */
  text(value: string): this {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d]
    const { length } = value
    const whole = length - (length % 4)
    for (let i = 0; i < whole; i += 4) {
      a = Math.imul(a ^ value.charCodeAt(i), PRIME)
      b = Math.imul(b ^ value.charCodeAt(i + 1), PRIME)
      c = Math.imul(c ^ value.charCodeAt(i + 2), PRIME)
      d = Math.imul(d ^ value.charCodeAt(i + 3), PRIME)
    }
    for (let i = whole; i < length; i++) a = Math.imul(a ^ value.charCodeAt(i), PRIME)
    this.#keep(a, b, c, d)
    return this.number(length)
  }

  texts(values: readonly string[]): this {
    for (const value of values) this.text(value)
    return this.number(values.length)
  }

  words(values: Uint32Array | Uint8Array): this {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d]
    const { length } = values
    const whole = length - (length % 4)
    for (let i = 0; i < whole; i += 4) {
      a = Math.imul(a ^ (values[i] ?? 0), PRIME)
      b = Math.imul(b ^ (values[i + 1] ?? 0), PRIME)
      c = Math.imul(c ^ (values[i + 2] ?? 0), PRIME)
      d = Math.imul(d ^ (values[i + 3] ?? 0), PRIME)
    }
    for (let i = whole; i < length; i++) a = Math.imul(a ^ (values[i] ?? 0), PRIME)
    this.#keep(a, b, c, d)
    return this.number(length)
  }

  numbers(values: Float64Array): this {
    for (const value of values) this.number(value)
    return this.number(values.length)
  }

  number(value: number): this {
    scratch[0] = value
    this.#b = Math.imul(this.#b ^ (words[0] ?? 0), PRIME)
    this.#c = Math.imul(this.#c ^ (words[1] ?? 0), PRIME)
    return this
  }

  /** From 0 to 2³²−1. */
  get value(): number {
    return (
      [this.#b, this.#c, this.#d].reduce((hash, lane) => Math.imul(hash ^ lane, PRIME) ^ (hash >>> 15), this.#a) >>> 0
    )
  }

  #keep(a: number, b: number, c: number, d: number): void {
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
  }
}

const scratch = new Float64Array(1)
const words = new Uint32Array(scratch.buffer)
