import type { ComponentChildren } from 'preact'
import { SyncChip } from './sync-chip.tsx'

/** The top of a screen: whose app it is, how things stand with the server, and the heading. */
export function ScreenHeader({ children }: { children: ComponentChildren }) {
  return (
    <header class="screen-header">
      <p class="brand" aria-hidden="true">
        <img src="/icon.svg" alt="" width="24" height="24" />
        Larder
      </p>
      <div class="screen-chip">
        <SyncChip />
      </div>
      <div class="screen-title">{children}</div>
    </header>
  )
}
