import type { Clock } from '../platform/ports.ts'

/** What `work` answers; undefined when it takes longer. */
export async function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T | undefined> {
  let cancel = (): void => {}
  const tooLate = new Promise<undefined>((resolve) => {
    cancel = clock.after(ms, () => resolve(undefined))
  })
  try {
    return await Promise.race([work, tooLate])
  } finally {
    cancel()
  }
}

/** What nobody else has a deadline for. */
const ANSWER_MS = 25_000

/** The same for what must be answered; what it still does after it was given up, it does. @throws Error when it takes longer */
export async function answered<T>(clock: Clock, work: Promise<T>): Promise<T> {
  const answer = await within(
    clock,
    ANSWER_MS,
    work.then((value) => ({ value })),
  )
  if (answer === undefined) throw new Error(`There was no answer within ${ANSWER_MS} ms`)
  return answer.value
}
