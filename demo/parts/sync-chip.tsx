import { useSyncStatus } from '@larder/sdk/react'
import { Icon } from './icon.tsx'
import { syncWords } from './sync-state.ts'

/** How things stand with the server, in the corner of every screen; leads to the details. */
export function SyncChip() {
  const status = useSyncStatus()
  if (status === undefined) return null
  if (status.needsAttention > 0) {
    const count = status.needsAttention
    return (
      <a class="chip chip-problem" href="#/attention">
        <Icon name="alert" size={16} />
        <span>{count === 1 ? '1 needs attention' : `${count} need attention`}</span>
      </a>
    )
  }
  const { icon, tone, short } = syncWords(status)
  return (
    <a class={`chip chip-${tone}`} href="#/attention">
      <Icon name={icon} size={16} />
      <span>{short}</span>
    </a>
  )
}
