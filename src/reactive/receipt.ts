import type { Observable } from 'rxjs'
import type { Appended } from '../client/append-gate.ts'
import type { Client } from '../client/client.ts'
import { LarderError } from '../errors.ts'
import type { CommitWhere } from '../protocol/worker-api.ts'
import type { CommitChange } from '../store/commit-fate.ts'

/** Proof that a commit is stored on this device. */
export interface Receipt {
  readonly commitId: string
  readonly eventIds: readonly string[]
  /** Position of the first event, where the store itself is the authority; undefined while a server has yet to confirm. */
  readonly position: number | undefined
  /**
   * Waits until the commit is confirmed or rejected, at most `timeoutMs` (default 30,000), then says how it stands. Never rejects for a refusal.
   * Where it was amended, or decided again by its command, it is what came into its place that is waited for.
   */
  settled(options?: { timeoutMs?: number }): Promise<'confirmed' | 'rejected' | 'pending' | 'discarded' | 'replaced'>
}

const SETTLED_TIMEOUT_MS = 30_000

export function createReceipt(client: Client, changes$: Observable<CommitChange>, stored: Appended): Receipt {
  const { commitId, eventIds, position } = stored
  return {
    ...{ commitId, eventIds, position },
    settled: (options = {}) => settled(client, changes$, commitId, options.timeoutMs ?? SETTLED_TIMEOUT_MS),
  }
}

type Settled = Awaited<ReturnType<Receipt['settled']>>

/** Looks again at every change of this commit: what is stored decides, a message only says when to look. */
function settled(client: Client, changes$: Observable<CommitChange>, id: string, timeoutMs: number): Promise<Settled> {
  return new Promise((resolve, reject) => {
    const end = (work: () => void) => {
      cancel()
      subscription.unsubscribe()
      work()
    }
    const line = new Set([id])
    const look = async (isLast: boolean): Promise<void> => {
      try {
        const { id: current, where } = await client.call((api) => api.fateOf(id), { repeats: true })
        // What became of the new one may have been told before anybody here knew of it.
        const isNew = !line.has(current)
        line.add(current)
        if (isNew && where === 'pending' && !isLast) return look(false)
        if (where === 'unknown') end(() => reject(unknownError(id)))
        else if (isLast || where !== 'pending') end(() => resolve(where satisfies Exclude<CommitWhere, 'unknown'>))
      } catch (error) {
        end(() => reject(error))
      }
    }
    const cancel = client.platform.clock.after(timeoutMs, () => void look(true))
    const subscription = changes$.subscribe({
      next: ({ commit, by }) => {
        if (!line.has(commit)) return
        if (by !== undefined) line.add(by)
        void look(false)
      },
      error: () => undefined,
      // Closed: the last look says so.
      complete: () => void look(true),
    })
    void look(false)
  })
}

function unknownError(id: string): LarderError<'commit-unknown'> {
  return new LarderError('commit-unknown', `No commit ${id} was ever stored here: check the id`, { details: { id } })
}
