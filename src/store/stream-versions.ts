/** Confirmed versions of the streams used last. Bounded: a phone must not hold a million stream names. */
export class StreamVersions {
  readonly #versions = new Map<string, number>()
  readonly #max: number

  constructor(max = 4096) {
    this.#max = max
  }

  get(stream: string): number | undefined {
    return this.#versions.get(stream)
  }

  set(stream: string, version: number): void {
    this.#versions.delete(stream)
    this.#versions.set(stream, version)
    if (this.#versions.size <= this.#max) return
    for (const oldest of this.#versions.keys()) {
      this.#versions.delete(oldest)
      break
    }
  }

  /** Moves on a stream that is already known; learns nothing new. */
  advance(stream: string, version: number): void {
    if (this.#versions.has(stream)) this.set(stream, version)
  }

  clear(): void {
    this.#versions.clear()
  }
}
