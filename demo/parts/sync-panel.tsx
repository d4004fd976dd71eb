import type { SyncStatus } from '@larder/sdk'
import { useLarder, useSyncStatus } from '@larder/sdk/react'
import { notifyProblem } from '../state/notices.ts'
import { Icon } from './icon.tsx'
import { longestWords, syncWords } from './sync-state.ts'

/** The state of sync in words, and the two things one can tell it. Its height is the same in all the states that come and go by themselves. */
export function SyncPanel() {
  const larder = useLarder()
  const status = useSyncStatus()
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
        <div class="roomy">
          <div>
            <h2 id="sync-state">{title}</h2>
            <p class="quiet">{sentence}</p>
          </div>
          <div class="room" aria-hidden="true">
            <p class="like-h2" data-text={longestWords.title} />
            <p class="quiet" data-text={longestWords.sentence} />
          </div>
        </div>
      </header>
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
