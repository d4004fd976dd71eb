/** Confirmed versions of the streams used last. Bounded: a phone must not hold a million stream names. */
export class StreamVersions {
  /** The streams used since the last change of guard, and those used before. An order of use kept stream by stream costs more than all that it is for. */
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  readonly #max: number

  constructor(max = 4096) {
    this.#max = max
  }

  get(stream: string): number | undefined {
    return this.#young.get(stream) ?? this.#old.get(stream)
  }

  set(stream: string, version: number): void {
    this.#young.set(stream, version)
    if (this.#young.size < this.#max / 2) return
    this.#old = this.#young
    this.#young = new Map()
  }

  /** Moves on a stream that is already known; learns nothing new. */
  advance(stream: string, version: number): void {
    if (this.get(stream) !== undefined) this.set(stream, version)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
