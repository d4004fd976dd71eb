import type { Clock, Random } from './ports.ts'

/** The longest delay that the timers of browsers and Node keep; they run longer ones at once. */
const MAX_DELAY_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, Math.min(Math.max(0, delayMs), MAX_DELAY_MS))
    return () => clearTimeout(timer)
  },
}

export const systemRandom: Random = { next: () => Math.random() }
