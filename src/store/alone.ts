import type { Clock, Locks } from '../platform/ports.ts'

/** A lock that is not had by then is asked for anew: a page that was frozen has given up what it waited for, and nobody says so. */
const ASK_AGAIN_MS = 10_000

export interface AloneOptions {
  readonly locks: Locks
  readonly clock: Clock
  readonly lockName: string
  /** Gives up waiting, and tells running work to end. */
  readonly closed: AbortSignal
}

/**
 * Runs `work` once, when this tab holds the lock, however long that takes. A lock that is taken away meanwhile is told by `lost`, where anybody knows; what is
 * done under it has to be guarded by itself.
 *
 * @throws what `work` throws, and the reason of `closed`
 */
export async function alone(
  { locks, clock, lockName, closed }: AloneOptions,
  work: (lost: AbortSignal) => Promise<void>,
): Promise<void> {
  let begun: Promise<void> | undefined
  while (begun === undefined) {
    closed.throwIfAborted()
    const tooLong = new AbortController()
    const isOver = AbortSignal.any([closed, tooLong.signal])
    const over = new Promise((resolve) => isOver.addEventListener('abort', resolve, { once: true }))
    const cancel = clock.after(ASK_AGAIN_MS, () => {
      if (begun === undefined) tooLong.abort()
    })
    const held = locks.hold(lockName, isOver, (lost) => {
      begun = work(lost)
      return begun
    })
    await held.catch(() => undefined)
    // One that is refused at once is not asked for at once.
    if (begun === undefined) await over
    cancel()
  }
  await begun
}
