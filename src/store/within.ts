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
