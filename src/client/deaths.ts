/** Workers are replaced when they die, but one that dies more often than this within a minute is not. */
const MAX_RESPAWNS = 3
const MINUTE_MS = 60_000

/** When workers died of late, by the monotonic clock. */
export class Deaths {
  #times: number[] = []

  /** Answers whether there is no use in another. */
  areTooMany(now: number): boolean {
    this.#times = [...this.#times.filter((at) => now - at < MINUTE_MS), now]
    return this.#times.length > MAX_RESPAWNS
  }
}
