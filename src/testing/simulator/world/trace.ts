import { hashText } from '../../chance/prng.ts'

interface Entry {
  readonly time: number
  readonly actor: string
  readonly what: string
}

/** How many of the last things that happened are kept for printing. */
const KEPT = 5000

/** What happened, in order: a rolling hash of all of it, and the end of it in words. Two runs are the same when their hashes are. */
export class Trace {
  readonly #kept: Entry[] = []
  #low = 0
  #high = 0x9e3779b9
  #count = 0

  get count(): number {
    return this.#count
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low)
  }

  record(time: number, actor: string, what: string): void {
    this.#count++
    this.#low = hashText(what, hashText(actor, hashText(String(time), this.#low)))
    this.#high = Math.imul(this.#high ^ this.#low, 0x85ebca6b) ^ (this.#high >>> 13)
    this.#kept.push({ time, actor, what })
    if (this.#kept.length > 2 * KEPT) this.#kept.splice(0, KEPT)
  }

  /** The last `limit` entries, one a line. */
  toText(limit = KEPT): string {
    return this.#kept
      .slice(-limit)
      .map(({ time, actor, what }) => `${String(time).padStart(9)} ms  ${actor.padEnd(12)} ${what}`)
      .join('\n')
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
