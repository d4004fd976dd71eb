import type { RowState } from '../meals/day-rows.ts'
import { Icon, type IconName } from './icon.tsx'

interface MarkWords {
  readonly icon: IconName
  readonly text: string
}

/** Short, and about as long as each other: where one stands, another comes in its place. */
const marks: Readonly<Record<Exclude<RowState, 'confirmed'>, MarkWords>> = {
  pending: { icon: 'clock', text: 'Saved on this device' },
  held: { icon: 'clock', text: 'Waiting its turn' },
  refused: { icon: 'alert', text: 'Refused, not counted' },
}

/** What a mark says; undefined for what is confirmed, which needs no words. */
export function markText(state: RowState): string | undefined {
  return state === 'confirmed' ? undefined : marks[state].text
}

/** How something that was logged stands with the server. Its place is kept by what is beside it: it comes and goes by itself. */
export function SyncMark({ state }: { state: RowState }) {
  if (state === 'confirmed') return null
  const { icon, text } = marks[state]
  return (
    <span class={`sync-mark sync-mark-${state}`}>
      <Icon name={icon} size={14} />
      <span>{text}</span>
    </span>
  )
}
