import type { SyncStatus } from '@larder/sdk'
import { useLarder, useSyncStatus } from '@larder/sdk/react'
import type { ComponentChildren } from 'preact'
import { whole } from '../format/numbers.ts'
import { timeFromNow } from '../format/times.ts'
import { notifyProblem } from '../state/notices.ts'
import { useNow } from '../state/use-now.ts'
import { device } from '../store.ts'
import { Icon } from './icon.tsx'
import { StorageFact } from './storage-fact.tsx'
import { syncWords } from './sync-state.ts'

/** The state of sync in words and numbers, and the two things one can tell it. */
export function SyncPanel() {
  const larder = useLarder()
  const status = useSyncStatus()
  const now = useNow(1000)
  if (status === undefined) return <div class="card skeleton" aria-hidden="true" />
  const { icon, tone, title, sentence } = syncWords(status)
  const paused = status.state === 'paused'
  const stopped = stopping.has(status.state)
  const tell = (what: Promise<void>, failed: string) => what.catch((error: unknown) => notifyProblem(failed, error))
  return (
    <section class="card sync-panel" aria-labelledby="sync-state">
      <header class="sync-header">
        <span class={`round-icon round-${tone}`}>
          <Icon name={icon} size={24} />
        </span>
        <div>
          <h2 id="sync-state">{title}</h2>
          <p class="quiet">{sentence}</p>
        </div>
      </header>
      {status.problem === undefined || !showsProblem(status) ? null : (
        <p class="sync-problem">{status.problem.message}</p>
      )}
      <dl class="facts">
        <Fact title="Waiting to sync">{whole(status.pending)}</Fact>
        {status.oldestPending === undefined ? null : (
          <Fact title="The oldest of them">{timeFromNow(status.oldestPending, now)}</Fact>
        )}
        <Fact title="Last synced">
          {status.lastSuccess === undefined ? 'Not yet' : timeFromNow(status.lastSuccess, now)}
        </Fact>
        {status.nextAttempt === undefined ? null : (
          <Fact title="Next try">
            {Date.parse(status.nextAttempt) - now < 5000 ? 'in a moment' : timeFromNow(status.nextAttempt, now)}
          </Fact>
        )}
        <Fact title="This device">{device}</Fact>
        <StorageFact />
      </dl>
      {status.state === 'local' ? null : (
        <p class="sync-actions">
          <button
            type="button"
            class="button button-primary"
            disabled={paused}
            aria-disabled={status.state === 'syncing'}
            onClick={() => void tell(stopped ? larder.sync.resume() : larder.sync.now(), 'Not synced')}
          >
            <Icon name="refresh" size={18} /> Sync now
          </button>
          <button
            type="button"
            class="button"
            onClick={() => void tell(paused ? larder.sync.resume() : larder.sync.pause(), 'Not changed')}
          >
            <Icon name={paused ? 'play' : 'pause'} size={18} /> {paused ? 'Resume' : 'Pause'}
          </button>
        </p>
      )}
    </section>
  )
}

/** The server said no, and is not asked again by itself: whoever presses the button thinks that it may answer otherwise now. */
const stopping: ReadonlySet<SyncStatus['state']> = new Set(['auth-required', 'forbidden', 'update-required'])

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
