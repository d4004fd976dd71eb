import type { EventStore } from '../store/event-store.ts'
import type { DeadLetterRecord } from '../store/records.ts'
import { disturbed } from './dead-letter-actions.ts'
import { unknownLetter } from './refused-commit.ts'

export interface AttemptLimits {
  readonly now: number
  /** How long to wait after the n-th attempt in a row, in ms. */
  readonly backoff: (attempt: number) => number
  /** After so many tries it waits for a person. */
  readonly maxAttempts: number
}

/** The letter after one more attempt that failed: tried again later, or, after so many, by a person only. */
export function afterFailedAttempt<L extends DeadLetterRecord>(letter: L, limits: AttemptLimits): L {
  const { now, backoff, maxAttempts } = limits
  const tries = (letter.tries ?? 0) + 1
  return {
    ...letter,
    attempts: letter.attempts + 1,
    tries,
    nextAttemptAt: tries < maxAttempts ? now + backoff(tries) : undefined,
  }
}

/** @throws LarderError `dead-letter-unknown` */
export function countAttempt(store: EventStore, id: string, limits: AttemptLimits): Promise<void> {
  return store.transition(async (tx, cache) => {
    const letter = cache.deadLetters.get(id) ?? cache.handlerLetters.get(id)
    if (letter === undefined) throw unknownLetter(id)
    await Promise.all([
      tx.put('deadLetters', afterFailedAttempt(letter, limits)),
      tx.put('meta', disturbed(cache.meta)),
    ])
  })
}
