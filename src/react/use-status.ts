import { useMemo } from 'react'
import type { Observable } from 'rxjs'
import type { DeadLetter } from '../dead-letter/dead-letter.ts'
import type { Larder } from '../reactive/larder.ts'
import type { CommitFate } from '../store/commit-fate.ts'
import type { SyncStatus } from '../sync/sync-status.ts'
import { useLarder } from './context.ts'
import { observableStore } from './observable-store.ts'
import { useObservableStore } from './use-observable-store.ts'

/** The fate of every event that is not confirmed, by event id; an event that is absent is confirmed. `undefined` while it loads. */
export function useCommits(): ReadonlyMap<string, CommitFate> | undefined {
  return useLarderStream(commits)
}

/** How sync stands. `undefined` while it loads. */
export function useSyncStatus(): SyncStatus | undefined {
  return useLarderStream(syncStatus)
}

/** What was refused for good and waits for a person. `undefined` while it loads. */
export function useDeadLetters(): readonly DeadLetter[] | undefined {
  return useLarderStream(deadLetters)
}

const commits = (larder: Larder) => larder.commits$
const syncStatus = (larder: Larder) => larder.sync.status$
const deadLetters = (larder: Larder) => larder.deadLetters.list$

function useLarderStream<T>(pick: (larder: Larder) => Observable<T>): T | undefined {
  const larder = useLarder()
  const store = useMemo(() => observableStore(pick(larder)), [larder, pick])
  return useObservableStore(store)
}
