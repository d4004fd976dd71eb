import { countOf } from '../../src/event/packed-events.ts'
import type { PreparedCommit } from '../../src/event/prepare-commit.ts'
import type { EventStore } from '../../src/store/event-store.ts'
import type { PendingRecord } from '../../src/store/records.ts'
import { buildSegments } from '../../src/store/segment.ts'

export interface Settlement {
  /** What comes into the confirmed zone, in order: commits of the outbox by id, and those of strangers. */
  readonly confirm?: readonly (string | PreparedCommit)[]
  /** Ids of the commits of the outbox that become dead letters. */
  readonly reject?: readonly string[]
}

/** Does to the log what the answer of a server does, in one transaction. */
export async function settle(store: EventStore, { confirm = [], reject = [] }: Settlement): Promise<void> {
  await store.transition(async (tx, cache) => {
    const own = (id: string): PendingRecord => {
      const record = cache.pending.find(id)
      if (record === undefined) throw new Error(`${id} is not in the outbox`)
      return record
    }
    const runs = confirm.map((each) => {
      const { device, seq } = typeof each === 'string' ? own(each) : { device: 'd', seq: 1 }
      const { id, events } = typeof each === 'string' ? own(each) : each
      return { commit: { id, device, seq, count: countOf(events), receivedAt: 0 }, events }
    })
    const versions = await cache.confirmedVersions(
      tx,
      runs.flatMap(({ events }) => events.streams),
    )
    const mine = confirm.filter((each) => typeof each === 'string')
    const letters = reject.map((id) => ({
      id,
      kind: 'commit' as const,
      code: 'refused',
      message: 'No',
      retryable: false,
      attempts: 1,
      since: 0,
      nextAttemptAt: undefined,
      commit: own(id),
    }))
    const moved = mine.length + reject.length > 0 ? 1 : 0
    const segments = buildSegments(cache.head + 1, runs, versions)
    const position = segments.at(-1)?.last ?? cache.head
    await tx.put('confirmed', ...segments)
    await tx.delete('pending', ...[...mine, ...reject].map((id) => own(id).order))
    await tx.put('deadLetters', ...letters)
    // As an answer does: a log that goes further than its cursor would be taken for one with a meta record of before.
    const cursor =
      cache.meta.authority === 'local' || position === 0 ? cache.meta.cursor : { epoch: 'e', position, mark: 'm' }
    await tx.put('meta', { ...cache.meta, cursor, generation: cache.meta.generation + moved })
  })
}
