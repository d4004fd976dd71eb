import type { SyncStatus } from '@larder/sdk'
import { useSyncStatus } from '@larder/sdk/react'
import type { ComponentChildren } from 'preact'
import { whole } from '../format/numbers.ts'
import { timeFromNow } from '../format/times.ts'
import { useNow } from '../state/use-now.ts'
import { device } from '../store.ts'
import { StorageFact } from './storage-fact.tsx'

/** Sync in numbers. What comes and goes by itself stands below what can be tapped. */
export function SyncFacts() {
  const status = useSyncStatus()
  const now = useNow(1000)
  if (status === undefined) return <div class="card skeleton" aria-hidden="true" />
  return (
    <section class="card sync-facts" aria-label="Details">
      <dl class="facts">
        <Fact title="Waiting to sync">{whole(status.pending)}</Fact>
        <Fact title="Last synced">
          {status.lastSuccess === undefined ? 'Not yet' : timeFromNow(status.lastSuccess, now)}
        </Fact>
        <Fact title="This device">{device}</Fact>
        <StorageFact />
        {status.oldestPending === undefined ? null : (
          <Fact title="Oldest change waiting">{timeFromNow(status.oldestPending, now)}</Fact>
        )}
        {status.nextAttempt === undefined ? null : (
          <Fact title="Next try">
            {Date.parse(status.nextAttempt) - now < 5000 ? 'in a moment' : timeFromNow(status.nextAttempt, now)}
          </Fact>
        )}
      </dl>
      {status.problem === undefined || !showsProblem(status) ? null : (
        <p class="sync-problem">{status.problem.message}</p>
      )}
    </section>
  )
}

/** That nothing answers is said already; what answers in the server's place, or why it cannot, is more. */
function showsProblem({ state, problem }: SyncStatus): boolean {
  if (state === 'offline') return problem?.code !== 'unreachable'
  return state !== 'idle' && state !== 'syncing' && state !== 'paused'
}

function Fact({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}
