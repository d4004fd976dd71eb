import type { ComponentChildren } from 'preact'
import { Logo } from './logo.tsx'
import { SyncChip } from './sync-chip.tsx'

/** The top of a screen: whose app it is, how things stand with the server, and the heading. */
export function ScreenHeader({ children }: { children: ComponentChildren }) {
  return (
    <header class="screen-header">
      <p class="brand" aria-hidden="true">
        <Logo size={24} />
        <span>Larder</span>
      </p>
      <div class="screen-chip">
        <SyncChip />
      </div>
      <div class="screen-title">{children}</div>
    </header>
  )
}
