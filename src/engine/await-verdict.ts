import { isSentAgain } from '../dead-letter/refused-commit.ts'
import type { Clock } from '../platform/ports.ts'
import type { EventStore } from '../store/event-store.ts'

export interface AwaitVerdictOptions {
  readonly store: EventStore
  readonly clock: Clock
  /** Resolves when no request is on its way, in whichever tab leads. */
  readonly whenIdle: () => Promise<void>
}

/** Longest wait, in ms: shorter than the page waits for a call. */
const LONGEST_WAIT_MS = 10_000

/**
 * A dead letter that was put back into the outbox may be in a request: waits until it was answered, or no request is on its way, or nobody has answered
 * for 10 s. What is done to it then, while the server may still take it, ends as one of both, because its replacement names it, and giving it up withdraws it.
 */
export async function awaitVerdict(id: string, { store, clock, whenIdle }: AwaitVerdictOptions): Promise<void> {
  const isUnknown = (): boolean => {
    const waiting = store.known.pending.find(id)
    return waiting !== undefined && isSentAgain(waiting)
  }
  await store.refresh()
  if (!isUnknown()) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      cancel()
      unsubscribe()
      resolve()
    }
    const cancel = clock.after(LONGEST_WAIT_MS, end)
    const unsubscribe = store.subscribe(() => {
      if (!isUnknown()) end()
    })
    void whenIdle().then(end)
  })
}
