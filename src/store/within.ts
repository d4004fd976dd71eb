import type { Clock } from '../platform/ports.ts'

/** How long nothing may be heard. A page waits longer than this for its worker, so that it hears what the worker knows. */
export const PATIENCE_MS = 25_000

/** How often it is looked on the way to a deadline whether anything was heard. */
export const LOOKS = 5

/**
 * Looks again and again until it is stopped. Looks, and not one timer: a machine that slept goes on with a single look, and not even that where it comes far too
 * late, so that what was answered meanwhile is heard before the next. Where all of them are late every other one counts.
 */
export function lookEvery(clock: Clock, ms: number, look: () => void): () => void {
  let wasLate = false
  let cancel = (): void => undefined
  const wait = (): void => {
    const since = clock.monotonic()
    cancel = clock.after(ms, () => {
      wasLate = !wasLate && clock.monotonic() - since > 2 * ms
      wait()
      if (!wasLate) look()
    })
  }
  wait()
  return () => cancel()
}

/** What `work` answers; undefined when it takes longer, in time that the machine was awake. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  let stop = (): void => undefined
  const tooLate = new Promise<undefined>((resolve) => {
    let left = LOOKS
    stop = lookEvery(clock, ms / LOOKS, () => {
      if (--left === 0) resolve(undefined)
    })
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    stop()
  }
}

/**
 * The same for what must be answered; what it still does after it was given up, it does.
 *
 * @param onSilence hears first when it takes longer
 * @throws Error when it takes longer
 */
export async function answered<T>(
  clock: Clock,
  work: Promise<T>,
  onSilence: (silence: Error) => void = () => undefined,
): Promise<T> {
  const answer = await within(
    clock,
    PATIENCE_MS,
    work.then((value) => ({ value })),
  )
  if (answer !== undefined) return answer.value
  const silence = new Error(`There was no answer within ${PATIENCE_MS} ms`)
  onSilence(silence)
  throw silence
}
