import { LarderError } from '../errors.ts'
import type { Opened } from '../protocol/worker-api.ts'

/** Workers are replaced when they die, but one that dies more often than this within a minute is not. */
const MAX_RESPAWNS = 3
const MINUTE_MS = 60_000

/** When workers died of late, by the monotonic clock. */
export class Deaths {
  #times: number[] = []

  /** Notes one, and answers why there is no use in another worker; undefined when there is. */
  whyLast(now: number, mode: Opened['mode'] | undefined): LarderError | undefined {
    if (mode === 'memory') return hopeless('The worker died, and the log with it, which was in memory: reload the page')
    this.#times = [...this.#times.filter((at) => now - at < MINUTE_MS), now]
    return this.#times.length > MAX_RESPAWNS ? hopeless('The worker died again and again: reload the page') : undefined
  }
}

function hopeless(sentence: string): LarderError {
  return new LarderError('worker-unavailable', sentence, {})
}
