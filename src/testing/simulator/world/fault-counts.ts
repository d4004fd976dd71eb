/** How often each kind of fault struck. */
export class FaultCounts {
  readonly #counts = new Map<string, number>()

  add(kind: string): void {
    this.#counts.set(kind, this.of(kind) + 1)
  }

  of(kind: string): number {
    return this.#counts.get(kind) ?? 0
  }

  toObject(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
